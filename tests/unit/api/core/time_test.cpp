#include "api/core/time.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a time is read as RFC 3339 has it, in UTC, with any fraction") {
  const auto noon = *parseTimestamp("2026-11-25T12:00:00.000Z");

  CHECK(formatTimestamp(noon) == "2026-11-25T12:00:00.000Z");
  CHECK(*parseTimestamp("2026-11-25T12:00:00Z") == noon);
  CHECK(*parseTimestamp("2026-11-25T12:00:00.1Z") == noon + Milliseconds(100));
  CHECK(*parseTimestamp("2026-11-25T12:00:00.12Z") == noon + Milliseconds(120));
  CHECK(*parseTimestamp("2026-11-25T12:00:00.123456789Z") == noon + Milliseconds(123));
  CHECK(*parseTimestamp("2028-02-29T23:59:59Z") == *parseTimestamp("2028-02-29T23:59:59.000Z"));
}

TEST_CASE("what the calendar and the clock do not have is no time") {
  for (const char* text :
       {"2026-02-29T00:00:00Z", "2026-02-31T00:00:00.000Z", "2026-99-99T99:99:99.000Z", "2026-00-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.0000000000Z", "2026-01-01 00:00:00Z", "2026-1-01T00:00:00Z",
        " 026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Zx", "2026-01-01T00:00:00+01:00", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parseTimestamp(text));
  }
}

TEST_CASE("a span has one whole number and one unit") {
  CHECK(*parseDuration("250ms") == Milliseconds(250));
  CHECK(*parseDuration("2m") == Milliseconds(120'000));
  CHECK(*parseDuration("30d") == *parseDuration("720h"));
  CHECK(formatDuration(*parseDuration("2d")) == "48h");
  CHECK(formatDuration(Milliseconds(90'000)) == "90s");
  CHECK(formatDuration(Milliseconds(0)) == "0s");
  for (const char* text : {"", "5", "m", "-5s", "1.5s", "5 s", "9223372036854775807h"})
    CHECK_FALSE(parseDuration(text));
}
