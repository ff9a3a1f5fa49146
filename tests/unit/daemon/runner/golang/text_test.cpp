#include "daemon/runner/golang/text.hpp"

#include <doctest/doctest.h>

using namespace microvm::golang;

TEST_CASE("every byte that begins no character is replaced on its own") {
  CHECK(withValidRunes("a\xc3\xa9\xf0\x9f\x98\x80") == "a\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(withValidRunes("\xff") == "\xef\xbf\xbd");
  CHECK(withValidRunes("\xe2\x82") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(withValidRunes("\xe2\x82x") == "\xef\xbf\xbd\xef\xbf\xbdx");
  CHECK(withValidRunes("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(withValidRunes("\xc0\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(withValidRunes("\xf4\x90\x80\x80").size() == 12);
}

TEST_CASE("a quoted text is a Go literal") {
  CHECK(quote("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CHECK(quote("\a\b\t\n\v\f\r") == "\"\\a\\b\\t\\n\\v\\f\\r\"");
  CHECK(quote("\x01\x7f\xff") == "\"\\x01\\x7f\\xff\"");
  CHECK(quote("\xc3\xa9'") == "\"\xc3\xa9'\"");
  CHECK(quote("\xe2\x80\xa8\xc2\xa0") == "\"\\u2028\\u00a0\"");
  CHECK(quoteByte('x') == "'x'");
  CHECK(quoteByte('\'') == "'\\''");
  CHECK(quoteByte('"') == "'\"'");
  CHECK(quoteByte('\xc3') == "'\xc3\x83'");
}
