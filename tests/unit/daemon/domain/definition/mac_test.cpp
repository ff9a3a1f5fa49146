#include "daemon/domain/definition/mac.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("an address is written in lower case with colons") {
  CHECK(normaliseMac("02:AB:cd:01:01:0F").value() == "02:ab:cd:01:01:0f");
  CHECK(normaliseMac("02-ab-cd-01-01-0f").value() == "02:ab:cd:01:01:0f");
}

TEST_CASE("other forms, groups and the null address are refused") {
  for (const char* text :
       {"", "02:ab:cd:01:01", "02:ab:cd:01:01:0f:00", "02:ab-cd:01:01:0f", "2:ab:cd:01:01:0fx", "02ab.cd01.010f",
        "0g:ab:cd:01:01:0f", "+2:ab:cd:01:01:0f", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"}) {
    CAPTURE(text);
    const auto mac = normaliseMac(text);
    REQUIRE_FALSE(mac.has_value());
    CHECK(mac.error().code == Errc::Invalid);
  }
}

TEST_CASE("an address made of any bytes is local and unicast") {
  CHECK(makeMac({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) == "fe:ff:ff:ff:ff:ff");
  CHECK(makeMac({0, 0, 0, 0, 0, 0}) == "02:00:00:00:00:00");
  CHECK(normaliseMac(makeMac({1, 2, 3, 4, 5, 6})).has_value());
}
