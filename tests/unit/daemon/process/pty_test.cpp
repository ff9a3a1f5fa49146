#include "daemon/process/pty.hpp"

#include <cerrno>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a terminal passes every byte unchanged, both ways") {
  auto pair = makePty();
  REQUIRE(pair);
  auto opened = openTerminal(pair->path);
  REQUIRE(opened);
  const std::string all("a\n\r\x03\x11\x13\x1b\xff", 8);

  REQUIRE(::write(pair->controller.get(), all.data(), all.size()) == 8);
  char text[64];
  const auto got = ::read(opened->get(), text, sizeof text);
  REQUIRE(got == 8);
  CHECK(std::string(text, 8) == all);

  REQUIRE(::write(opened->get(), all.data(), all.size()) == 8);
  REQUIRE(::read(pair->controller.get(), text, sizeof text) == 8);
  CHECK(std::string(text, 8) == all);
}

TEST_CASE("the end of the other side is an end or an error, never a wait") {
  auto pair = makePty();
  REQUIRE(pair);
  auto opened = openTerminal(pair->path);
  REQUIRE(opened);

  pair->controller.reset();

  char byte = 0;
  const auto got = ::read(opened->get(), &byte, 1);
  CHECK((got == 0 || errno == EIO));
}

TEST_CASE("what is no terminal is refused") {
  CHECK(openTerminal("/dev/null").error().code == Errc::Invalid);
  CHECK(openTerminal("/dev/nowhere").error().code == Errc::NotFound);
}
