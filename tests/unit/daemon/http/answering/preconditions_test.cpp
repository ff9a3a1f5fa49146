#include "daemon/http/answering/preconditions.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

Headers with(const char* name, const char* value) {
  Headers headers;
  headers.add(name, value);
  return headers;
}

}  // namespace

TEST_CASE("what If-Match compares is the generation of the definition") {
  for (const auto* met : {"\"3-0123456789abcdef\"", "\"3\"", "*", "\"2-0\", \"3-1\""}) {
    CAPTURE(met);
    CHECK(checkIfMatch(with("If-Match", met), 3));
  }
  for (const auto* unmet : {"\"4-0123456789abcdef\"", "\"33\"", "W/\"3-0\"", "3", "", "\"\"", "\"-3\""}) {
    CAPTURE(unmet);
    const auto checked = checkIfMatch(with("If-Match", unmet), 3);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == Errc::PreconditionFailed);
  }
  CHECK(checkIfMatch(Headers(), 3));
  CHECK_FALSE(hasIfMatch(Headers()));
}

TEST_CASE("what If-None-Match compares is the whole tag, weakly") {
  CHECK(hasAlready(with("If-None-Match", "W/\"3-a\""), "\"3-a\""));
  CHECK(hasAlready(with("If-None-Match", "\"1\", \"3-a\""), "\"3-a\""));
  CHECK(hasAlready(with("If-None-Match", "*"), "\"3-a\""));
  CHECK_FALSE(hasAlready(with("If-None-Match", "\"3-b\""), "\"3-a\""));
  CHECK_FALSE(hasAlready(Headers(), "\"3-a\""));
}

TEST_CASE("several fields of If-Match are one list") {
  Headers headers = with("If-Match", "\"1\"");
  headers.add("if-match", "\"3\"");

  CHECK(checkIfMatch(headers, 1));
  CHECK(checkIfMatch(headers, 3));
  CHECK_FALSE(checkIfMatch(headers, 2));
  headers.add("If-Match", "*");
  CHECK(checkIfMatch(headers, 2));
}

TEST_CASE("what changes a VM is refused when If-None-Match has its definition") {
  for (const auto* excluding : {"*", "\"3\"", "\"3-0123456789abcdef\"", "W/\"3-0\"", "\"2\", \"3\""}) {
    CAPTURE(excluding);
    const auto checked = checkIfNoneMatch(with("If-None-Match", excluding), 3);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == Errc::PreconditionFailed);
  }
  CHECK(checkIfNoneMatch(with("If-None-Match", "\"2\""), 3));
  CHECK(checkIfNoneMatch(with("If-None-Match", "W/"), 3));
  CHECK(checkIfNoneMatch(with("If-Match", "*"), 3));
}
