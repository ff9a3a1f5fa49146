#include "daemon/app/empty_initrd.hpp"

#include <fmt/format.h>

#include "api/core/file.hpp"

namespace microvm {
namespace {

constexpr std::size_t kArchiveBytes = 512;

/// One "newc" entry named TRAILER!!!, the end of every archive (cpio(5)), padded to a block.
std::string emptyArchive() {
  constexpr std::string_view kTrailer = "TRAILER!!!";
  std::string archive = "070701";
  for (int field = 0; field < 13; ++field) {
    const std::size_t value = field == 4 ? 1 : field == 11 ? kTrailer.size() + 1 : 0;  // links, length of the name
    archive += fmt::format("{:08X}", value);
  }
  archive += kTrailer;
  archive.resize(kArchiveBytes, '\0');
  return archive;
}

}  // namespace

Result<std::string> provideEmptyInitrd(const std::string& folder) {
  const std::string path = folder + "/empty.cpio";
  const auto archive = emptyArchive();
  const auto present = readFile(path, kArchiveBytes);
  if (present && *present == archive) return path;
  if (auto written = writeFileAtomically(path, archive); !written) return std::move(written).error();
  return path;
}

}  // namespace microvm
