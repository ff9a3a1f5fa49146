#include "daemon/wire/members.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/size.hpp"

namespace microvm {

std::optional<std::uint64_t> readSize(JsonReader& reader, std::string_view name) {
  const Json* found = reader.find(name);
  if (found != nullptr && found->is_number()) {
    return reader.wholeNumber(name, 0, std::numeric_limits<std::uint64_t>::max());
  }
  return reader.parsed(name, parseSize);
}

std::optional<std::uint64_t> readMemory(JsonReader& reader, std::string_view name) {
  const Json* found = reader.find(name);
  const bool isBare =
      found != nullptr && (found->is_number() ||
                           (found->is_string() && !found->get_ref<const std::string&>().empty() &&
                            found->get_ref<const std::string&>().find_first_not_of("0123456789") == std::string::npos));
  if (!isBare) return reader.parsed(name, parseSize);
  reader.fail(name, fmt::format("{} has no unit; write the memory with one, such as 512MiB or 2GiB", found->dump()));
  return std::nullopt;
}

}  // namespace microvm
