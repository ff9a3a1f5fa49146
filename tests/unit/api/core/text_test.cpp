#include "api/core/text.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("quoted text shows control characters and stray bytes") {
  CHECK(inQuotes("a b") == "\"a b\"");
  CHECK(inQuotes("a\nb\x7f") == "\"a\\x0ab\\x7f\"");
  CHECK(inQuotes("\xff\xc3\xa9") == "\"\\xff\xc3\xa9\"");
}

TEST_CASE("long quoted text is cut between characters") {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "\xc3\xa9";

  const std::string shown = inQuotes(text);

  CHECK(shown.size() < 110);
  CHECK(isUtf8(shown));
  CHECK(shown.substr(shown.size() - 4) == "...\"");
}

TEST_CASE("overlong forms, surrogates and cut sequences are no UTF-8") {
  for (const char* text : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\x80", "\xf5"}) {
    CHECK_FALSE(isUtf8(text));
  }
  for (const char* text : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    CHECK(isUtf8(text));
}

TEST_CASE("a near name is found and a far one is not") {
  const std::vector<std::string> names{"memory", "cpus", "cmdline", "tag"};

  CHECK(nearestName("memroy", names) == "memory");
  CHECK(nearestName("cmdLine", names) == "cmdline");
  CHECK(nearestName("cpu", names) == "cpus");
  CHECK(nearestName("mem", names) == std::nullopt);
  CHECK(nearestName("x", names) == std::nullopt);
  CHECK(nearestName("gta", names) == std::nullopt);
  CHECK(nearestName("atg", names) == "tag");
}

TEST_CASE("a word of a shell is in quotes where it needs them") {
  CHECK(shellWord("/a/b-1.img") == "/a/b-1.img");
  CHECK(shellWord("a b") == "'a b'");
  CHECK(shellWord("it's") == "'it'\\''s'");
  CHECK(shellWord("$(x)") == "'$(x)'");
  CHECK(shellWord("") == "''");
}
