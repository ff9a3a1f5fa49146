#include "api/core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>

#include <fmt/format.h>

namespace microvm {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = std::int64_t{1'000'000} * 3'600'000;

/// Whether the text has digits where the form has 0, and the form's own characters elsewhere.
bool hasForm(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool isDigit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !isDigit : text[i] != form[i]) return false;
  }
  return true;
}

int number(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  for (const char digit : text.substr(at, digits))
    value = value * 10 + (digit - '0');
  return value;
}

/// A fraction of a second of one to nine digits, in milliseconds, is cut off; none is 0. RFC 3339, 5.6.
std::optional<int> takeFraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return 0;
  const auto end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  const auto digits = text.substr(1, end - 1);
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  const std::string padded =
      std::string(digits.substr(0, 3)) + std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0');
  text.remove_prefix(end);
  return number(padded, 0, 3);
}

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
  const auto wrong = [&] {
    return Error{Errc::Invalid, fmt::format("\"{}\" is not a time of the form 2026-01-31T12:00:00.000Z", text), {}, {}};
  };
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (!hasForm(text.substr(0, kForm.size()), kForm)) return wrong();
  std::string_view rest = text.substr(kForm.size());
  const auto milliseconds = takeFraction(rest);
  if (!milliseconds || rest != "Z") return wrong();
  std::tm parts{};
  parts.tm_year = number(text, 0, 4) - 1900;
  parts.tm_mon = number(text, 5, 2) - 1;
  parts.tm_mday = number(text, 8, 2);
  parts.tm_hour = number(text, 11, 2);
  parts.tm_min = number(text, 14, 2);
  parts.tm_sec = number(text, 17, 2);
  const std::tm asked = parts;
  const auto seconds = std::int64_t{timegm(&parts)};
  // What the calendar does not have comes back as another day.
  const bool isReal = parts.tm_mon == asked.tm_mon && parts.tm_mday == asked.tm_mday &&
                      parts.tm_hour == asked.tm_hour && parts.tm_min == asked.tm_min && parts.tm_sec == asked.tm_sec;
  if (!isReal) return wrong();
  return Timestamp(Milliseconds(seconds * 1000 + *milliseconds));
}

Result<Milliseconds> parseDuration(std::string_view text) {
  std::int64_t amount = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, amount);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  for (const auto& known : kUnits) {
    if (unit != known.name || text.starts_with('-') || ec == std::errc::invalid_argument) continue;
    if (ec == std::errc{} && amount <= kLongest / known.milliseconds) return Milliseconds(amount * known.milliseconds);
    const auto longest = formatDuration(Milliseconds(kLongest));
    return Error{Errc::Invalid, fmt::format("\"{}\" is too long; at most {} are taken", text, longest), {}, {}};
  }
  return Error{Errc::Invalid,
               fmt::format("\"{}\" is not a time span; write a whole number and a unit: 250ms, 30s, 2m, 1h, 7d", text),
               {},
               {}};
}

std::string formatDuration(Milliseconds span) {
  for (const auto& unit : kUnits) {
    if (unit.name == "d") continue;  // readers of before days would not know it
    if (span.count() != 0 && span.count() % unit.milliseconds == 0)
      return fmt::format("{}{}", span.count() / unit.milliseconds, unit.name);
  }
  return "0s";
}

}  // namespace microvm
