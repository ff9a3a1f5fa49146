#include "daemon/runner/rest/empty_initrd.hpp"

#include "api/core/file.hpp"

namespace microvm {
namespace {

constexpr std::size_t kBlock = 512;
constexpr int kFields = 13;
constexpr int kNameBytesField = 11;

}  // namespace

std::string emptyInitrd() {
  // The magic, thirteen fields of eight hexadecimal digits, the name that ends every archive.
  const std::string name("TRAILER!!!\0", 11);
  std::string out = "070701";
  for (int field = 0; field < kFields; ++field) {
    const bool isLinkCount = field == 4;
    out += field == kNameBytesField ? "0000000B" : isLinkCount ? "00000001" : "00000000";
  }
  out += name;
  out.resize(kBlock, '\0');
  return out;
}

Result<std::string> placeEmptyInitrd(const std::string& folder) {
  const auto path = folder + "/empty.cpio";
  const auto wanted = emptyInitrd();
  const auto there = readFile(path, kBlock);
  if (there && *there == wanted) return path;
  if (auto made = makeFolders(folder); !made) return std::move(made).error();
  if (auto written = writeFileAtomically(path, wanted); !written) return std::move(written).error();
  return path;
}

}  // namespace microvm
