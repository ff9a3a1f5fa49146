#include "api/core/size.hpp"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace microvm {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 5> kUnits{{{"TiB", 1024 * kGiB}, {"GiB", kGiB}, {"MiB", kMiB}, {"KiB", kKiB}, {"", 1}}};

}  // namespace

Result<std::uint64_t> parseSize(std::string_view text) {
  std::uint64_t amount = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, amount);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  for (const auto& known : kUnits) {
    if (unit != known.name || ec == std::errc::invalid_argument) continue;
    if (ec == std::errc{} && amount <= std::numeric_limits<std::uint64_t>::max() / known.bytes) {
      return amount * known.bytes;
    }
    return Error{Errc::TooLarge, fmt::format("\"{}\" is more than any size can be", text), {}, {}};
  }
  return Error{Errc::Invalid,
               fmt::format("\"{}\" is not a size; write a whole number and a unit: 64KiB, 512MiB, 8GiB, 1TiB", text),
               {},
               {}};
}

std::string formatSize(std::uint64_t bytes) {
  for (const auto& unit : kUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) return fmt::format("{}{}", bytes / unit.bytes, unit.name);
  }
  return "0";
}

}  // namespace microvm
