#include "daemon/wire/members.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/size.hpp"
#include "api/core/text.hpp"

namespace microvm {

namespace {

constexpr double kBeyondNumbers = 18'446'744'073'709'551'616.0;  // what is larger is read as one with a fraction

Result<std::uint64_t> sizeWithin(std::string_view text, std::uint64_t largest) {
  auto size = parseSize(text);
  if (size || size.error().code != Errc::TooLarge) return size;
  return Error{
      Errc::Invalid, fmt::format("{} is too large; at most {} are taken", inQuotes(text), formatSize(largest)), {}, {}};
}

}  // namespace

std::optional<std::uint64_t> readSize(JsonReader& reader, std::string_view name, SizeRange range) {
  const Json* found = reader.find(name);
  if (found == nullptr || !found->is_number()) {
    return reader.parsed(name, [&](std::string_view text) { return sizeWithin(text, range.largest); });
  }
  if (*found < 0) {
    reader.fail(name, fmt::format("{} is out of range; give {} to {}", found->dump(), formatSize(range.least),
                                  formatSize(range.largest)));
    return std::nullopt;
  }
  if (!found->is_number_float() || found->get<double>() < kBeyondNumbers) {
    return reader.wholeNumber(name, 0, std::numeric_limits<std::uint64_t>::max());
  }
  reader.fail(name, fmt::format("is too large; at most {} are taken", formatSize(range.largest)));
  return std::nullopt;
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
