#include "daemon/domain/definition/boxed.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a box is empty until it is given a value") {
  Boxed<std::string> box;
  CHECK_FALSE(box);

  box = std::string("web");
  REQUIRE(box);
  CHECK(*box == "web");
  CHECK(box->size() == 3);

  box.reset();
  CHECK_FALSE(box);
}

TEST_CASE("a copy is another value, and equal") {
  Boxed<std::string> box(std::string("web"));
  Boxed<std::string> copy = box;
  CHECK(copy == box);

  *copy = "db";

  CHECK(*box == "web");
  CHECK_FALSE(copy == box);
}

TEST_CASE("only empty boxes equal an empty one") {
  const Boxed<std::string> box(std::string(""));

  CHECK_FALSE(box == std::nullopt);
  CHECK(Boxed<std::string>() == std::nullopt);
}

TEST_CASE("a box takes the room of a pointer, and is empty once it was moved from") {
  Boxed<std::string> box(std::string("web"));
  const Boxed<std::string> taken = std::move(box);

  CHECK(*taken == "web");
  CHECK_FALSE(box);  // NOLINT(bugprone-use-after-move)
  CHECK(sizeof(box) == sizeof(void*));
}
