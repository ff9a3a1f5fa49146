#include "api/console/pattern.hpp"

#include <doctest/doctest.h>

using microvm::Pattern;

TEST_CASE("a line matches across pieces, and an unfinished one does too") {
  auto pattern = *Pattern::compile("--until", "^web login:");

  CHECK_FALSE(pattern.feed("booting\r\nweb lo"));
  CHECK(pattern.feed("gin: "));
  CHECK(pattern.line() == "web login: ");
}

TEST_CASE("a pattern does not match over the end of a line") {
  auto pattern = *Pattern::compile("--until", "a.*b");

  CHECK_FALSE(pattern.feed("a\nb\n"));
}

TEST_CASE("escape sequences are not part of a line") {
  auto pattern = *Pattern::compile("--until", "^root@web:~# $");

  CHECK(pattern.feed("\x1b[?2004h\x1b]0;title\x07\x1b[01;32mroot@web\x1b[00m:\x1b[K~# "));
}

TEST_CASE("an endless line stays bounded and its end is still seen") {
  auto pattern = *Pattern::compile("--until", "needle");
  const std::string hay(10'000, 'x');

  CHECK_FALSE(pattern.feed(hay));
  CHECK(pattern.feed("needle"));
  CHECK(pattern.line().size() <= 4096);
}

TEST_CASE("an expression with an error is refused with the reason") {
  const auto pattern = Pattern::compile("--until", "a(");

  REQUIRE_FALSE(pattern);
  CHECK(pattern.error().code == microvm::Errc::Usage);
  CHECK(pattern.error().detail.find("a(") != std::string::npos);
}
