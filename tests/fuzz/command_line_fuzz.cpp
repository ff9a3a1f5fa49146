// Any words as vfkit's command line, one per line of the input: they are refused with a reason, or shown as a document.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/runner/golang/text.hpp"
#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/inspect.hpp"

namespace {

using namespace microvm;

std::vector<std::string> linesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void insist(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // No argument of a program has a NUL in it.
  std::string text(reinterpret_cast<const char*>(data), size);
  std::erase(text, '\0');
  // An image is opened: devices of this machine are left alone.
  if (text.find("/dev/") != std::string::npos) return -1;
  const auto options = vfkit::parseCommandLine(linesOf(text));
  if (!options) {
    insist(options.error().code == Errc::Usage);
    insist(!options.error().detail.empty());
    return 0;
  }
  const std::string shown = vfkit::inspectText(*options);
  insist(golang::withValidRunes(shown) == shown);
  insist(shown.find_first_of("<>&\n") == std::string::npos);
  const auto document = nlohmann::json::parse(shown, nullptr, false);
  insist(document.is_object() && document.contains("vcpus") && document.contains("bootloader"));
  return 0;
}
