#include "api/core/time.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>

namespace microvm {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = std::int64_t{1'000'000} * 3'600'000;

}  // namespace

Timestamp now() {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

std::string formatTimestamp(Timestamp time) {
  const auto sinceEpoch = time.time_since_epoch().count();
  const auto seconds = static_cast<std::time_t>(sinceEpoch >= 0 ? sinceEpoch / 1000 : (sinceEpoch - 999) / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  // No fmt here: microvm-shim writes timestamps and is to stay free of further shared libraries.
  char text[32];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const auto milliseconds = std::to_string(1000 + sinceEpoch - std::int64_t{seconds} * 1000);
  return std::string(text, length) + "." + milliseconds.substr(1) + "Z";
}

Result<Timestamp> parseTimestamp(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  int milliseconds = 0;
  int used = 0;
  const int fields = std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &parts.tm_year, &parts.tm_mon,
                                 &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &milliseconds, &used);
  if (fields != 7 || static_cast<std::size_t>(used) != text.size()) {
    return Error{Errc::Invalid, fmt::format("\"{}\" is not a time of the form 2026-01-31T12:00:00.000Z", text), {}, {}};
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return Timestamp(Milliseconds(std::int64_t{timegm(&parts)} * 1000 + milliseconds));
}

Result<Milliseconds> parseDuration(std::string_view text) {
  std::int64_t amount = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, amount);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  for (const auto& known : kUnits) {
    if (ec == std::errc{} && unit == known.name && amount >= 0 && amount <= kLongest / known.milliseconds) {
      return Milliseconds(amount * known.milliseconds);
    }
  }
  return Error{Errc::Invalid,
               fmt::format("\"{}\" is not a time span; write a whole number and a unit: 250ms, 30s, 2m, 1h", text),
               {},
               {}};
}

std::string formatDuration(Milliseconds span) {
  for (const auto& unit : kUnits) {
    if (span.count() != 0 && span.count() % unit.milliseconds == 0)
      return fmt::format("{}{}", span.count() / unit.milliseconds, unit.name);
  }
  return "0s";
}

}  // namespace microvm
