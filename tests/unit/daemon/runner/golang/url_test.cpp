#include "daemon/runner/golang/url.hpp"

#include <doctest/doctest.h>

using namespace microvm::golang;

TEST_CASE("a URI falls into scheme, host, path and query") {
  const auto url = parseRequestUri("NBD://me:pw@h%C3%A9:10809/a%20b?x=%41&y");

  REQUIRE(url);
  CHECK(url->scheme == "nbd");
  CHECK(url->host == "h\xc3\xa9:10809");
  CHECK(url->hostname() == "h\xc3\xa9");
  CHECK(url->port() == "10809");
  CHECK(url->path == "/a b");
  CHECK(url->query == "x=%41&y");
}

TEST_CASE("an address in brackets keeps its colons and its zone") {
  const auto url = parseRequestUri("tcp://[fe80::1%25en%30]:80");

  REQUIRE(url);
  CHECK(url->host == "[fe80::1%en0]:80");
  CHECK(url->hostname() == "fe80::1%en0");
  CHECK(parseRequestUri("tcp://[::1]")->port().empty());
  CHECK_FALSE(parseRequestUri("tcp://[fe80::1%25en%01]:80"));
}

TEST_CASE("a URI that Go does not read is refused with Go's words") {
  CHECK(parseRequestUri("unix:///a%zz").error().detail == "parse \"unix:///a%zz\": invalid URL escape \"%zz\"");
  CHECK(parseRequestUri("x").error().detail == "parse \"x\": invalid URI for request");
}
