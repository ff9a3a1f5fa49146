// Any text as a request target: refused, or taken apart into segments and members that mean the same when written
// again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/http/target.hpp"

namespace {

using namespace microvm;

void insist(bool holds) {
  if (!holds) std::abort();
}

std::string written(const http::Target& target) {
  std::string text;
  for (const auto& segment : target.segments)
    text += "/" + http::percentEncode(segment);
  if (text.empty()) text = "/";
  char mark = '?';
  for (const auto& [name, value] : target.query) {
    text += mark + http::percentEncode(name) + "=" + http::percentEncode(value);
    mark = '&';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = http::parseTarget(text);
  if (!target) {
    insist(!target.error().detail.empty());
    return 0;
  }
  for (const auto& segment : target->segments)
    insist(!segment.empty() && segment != "." && segment != ".." && segment.find('/') == std::string::npos);
  const auto again = http::parseTarget(written(*target));
  insist(again && again->segments == target->segments && again->query == target->query);
  return 0;
}
