#include "daemon/runner/golang/values.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::golang;

TEST_CASE("an unsigned number is read with the base that its prefix says") {
  CHECK(parseUint("2").value() == 2);
  CHECK(parseUint("010").value() == 8);
  CHECK(parseUint("0x10").value() == 16);
  CHECK(parseUint("0b101").value() == 5);
  CHECK(parseUint("0o17").value() == 15);
  CHECK(parseUint("1_000").value() == 1000);
  CHECK(parseUint("0x_f").value() == 15);
  CHECK(parseUint("18446744073709551615").value() == 18446744073709551615u);
}

TEST_CASE("a number that Go would not read is refused with Go's words") {
  CHECK(parseUint("-1").error().detail == "strconv.ParseUint: parsing \"-1\": invalid syntax");
  for (const char* text : {"", "_1", "1_", "1__0", "08", "0x", "1.5", " 1", "512MiB"})
    CHECK_FALSE(parseUint(text));
  CHECK(parseUint("18446744073709551616").error().detail ==
        "strconv.ParseUint: parsing \"18446744073709551616\": value out of range");
}

TEST_CASE("decimal numbers have no base and end at their width") {
  CHECK(parseDecimal("4294967295", 32).value() == 4294967295u);
  CHECK_FALSE(parseDecimal("4294967296", 32));
  CHECK_FALSE(parseDecimal("0x10", 32));
  CHECK(parseSignedDecimal("-5", 32).value() == -5);
  CHECK(parseSignedDecimal("+5", 32).value() == 5);
  CHECK(parseSignedDecimal("-2147483648", 32).value() == -2147483648LL);
  CHECK_FALSE(parseSignedDecimal("2147483648", 32));
  CHECK_FALSE(parseSignedDecimal("--5", 32));
  CHECK(parseSignedDecimal("-9223372036854775808", 64).value() == std::numeric_limits<std::int64_t>::min());
  CHECK(parseSignedDecimal("9223372036854775808", 64, "Atoi").error().detail ==
        "strconv.Atoi: parsing \"9223372036854775808\": value out of range");
}

TEST_CASE("hardware addresses come out lower case with colons") {
  CHECK(parseMac("52-54-00-70-2B-71").value() == "52:54:00:70:2b:71");
  CHECK(parseMac("5254.0070.2b71").value() == "52:54:00:70:2b:71");
  CHECK(parseMac("02:00:5e:10:00:00:00:01").value() == "02:00:5e:10:00:00:00:01");
  for (const char* text : {"", "xx", "5:4:0:7:2:1", "52:54:00:70:2b", "52:54-00:70:2b:71", "52:54:00:70:2b:7g"})
    CHECK_FALSE(parseMac(text));
}

TEST_CASE("switches take Go's words for true and false") {
  CHECK(parseBool("T").value());
  CHECK_FALSE(parseBool("False").value());
  CHECK_FALSE(parseBool("yes"));
}
