// Any text as JSON: refused, or within its bounds and the same when written again; and as a definition, with every
// error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"
#include "daemon/wire/definition_json.hpp"

namespace {

using namespace microvm;
using Json = nlohmann::ordered_json;

void insist(bool holds) {
  if (!holds) std::abort();
}

std::size_t depthOf(const Json& json) {
  std::size_t deepest = 0;
  if (!json.is_structured()) return 0;
  for (const auto& child : json)
    deepest = std::max(deepest, depthOf(child));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = parseJson(text);
  if (!json) {
    insist(json.error().code == Errc::Malformed || json.error().code == Errc::TooLarge);
    insist(!json.error().detail.empty());
    return 0;
  }
  insist(depthOf(*json) <= 32);
  const auto again = parseJson(json->dump());
  insist(again && again->dump() == json->dump());
  const auto definition = definitionFromJson(*json);
  if (!definition) insist(!definition.error().errors.empty());
  if (definition) insist(definitionFromJson(definitionToJson(*definition)).value() == *definition);
  return 0;
}
