// Points in time and spans, as the project writes them.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm {

using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;

/// The wall clock, in milliseconds.
Timestamp now();

/// RFC 3339 in UTC with milliseconds: "2026-11-23T10:40:52.123Z".
std::string formatTimestamp(Timestamp time);

/// The inverse of formatTimestamp; Errc::Invalid for any other form.
Result<Timestamp> parseTimestamp(std::string_view text);

/// "250ms", "30s", "2m", "1h", "7d" (a whole number and one unit). Errc::Invalid names the text and the form wanted.
Result<Milliseconds> parseDuration(std::string_view text);

/// The shortest form without days that parseDuration reads back: 90000 ms is "90s", 120000 ms "2m", a day "24h".
std::string formatDuration(Milliseconds span);

}  // namespace microvm
