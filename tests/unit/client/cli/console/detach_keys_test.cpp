#include "client/cli/console/detach_keys.hpp"

#include <doctest/doctest.h>

using microvm::cli::DetachKeys;

TEST_CASE("one key detaches and what was typed before it is sent") {
  auto keys = *DetachKeys::parse("^]");

  const auto typed = keys.feed("ls\r\x1d rest");

  CHECK(typed.detached);
  CHECK(typed.input == "ls\r");
}

TEST_CASE("a sequence that breaks off is sent whole") {
  for (const auto* text : {"^P^Q", "ctrl-p,ctrl-q"}) {
    auto keys = *DetachKeys::parse(text);

    CHECK(keys.feed("a\x10").input == "a");
    CHECK(keys.feed("z").input == "\x10z");
    CHECK(keys.feed("\x10").input.empty());
    CHECK(keys.feed("\x10").input == "\x10");
    CHECK(keys.feed("\x11").detached);
  }
}

TEST_CASE("none never detaches") {
  auto keys = *DetachKeys::parse("none");

  const auto typed = keys.feed("\x1d");

  CHECK_FALSE(typed.detached);
  CHECK(typed.input == "\x1d");
}

TEST_CASE("what is no sequence of keys is refused") {
  for (const auto* text : {"", "^", "ctrl-p,ctrl", "ctrl-p,two", "^a^b^c^d^e^f^g^h^i"}) {
    CAPTURE(text);
    CHECK_FALSE(DetachKeys::parse(text));
  }
}
