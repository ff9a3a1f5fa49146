// daemon/http/access/authority.cpp
#include "daemon/http/access/authority.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

Headers with(const std::string& name, const std::string& value) {
  Headers headers;
  headers.add("Host", "mac.example:8443");
  headers.add(name, value);
  return headers;
}

std::string scopeOf(const std::string& id) {
  return std::string(toText(http::scopeOf(*findOperation(id))));
}

}  // namespace

TEST_CASE("who looks needs read, who changes needs admin, and consoles and the life of a VM have scopes of their own") {
  CHECK(scopeOf("listVms") == "read");
  CHECK(scopeOf("listEvents") == "read");
  CHECK(scopeOf("createVm") == "admin");
  CHECK(scopeOf("deleteVm") == "admin");
  CHECK(scopeOf("attachConsole") == "console");
  CHECK(scopeOf("getConsoleLog") == "console");
  CHECK(scopeOf("startVm") == "operate");
  CHECK(scopeOf("killVm") == "operate");
  CHECK(scopeOf("createToken") == "admin");
  CHECK(scopeOf("listTokens") == "admin");
}

TEST_CASE("no operation that changes something is open to those who may only look") {
  for (const Operation& operation : kOperations) {
    CAPTURE(operation.id);
    if (operation.method != "GET") CHECK(http::scopeOf(operation) != Scope::Read);
  }
}

TEST_CASE("the secret is what follows the scheme, in any case") {
  CHECK(bearerOf(with("Authorization", "Bearer abc")) == "abc");
  CHECK(bearerOf(with("authorization", "bearer  abc")) == "abc");
  CHECK_FALSE(bearerOf(with("Authorization", "Basic abc")));
  CHECK_FALSE(bearerOf(with("Other", "Bearer abc")));
  CHECK(bearerOf(with("Authorization", "Bearer ")) == "");
}

TEST_CASE("a page of this host may ask, one of another may not, and who is no page has no origin") {
  CHECK(checkOrigin(with("Origin", "https://mac.example:8443")));
  CHECK(checkOrigin(with("Other", "x")));
  for (const std::string origin : {"https://evil.example", "null", "https://mac.example", ""}) {
    CAPTURE(origin);
    CHECK(checkOrigin(with("Origin", origin)).error().code == Errc::Permission);
  }
}

TEST_CASE("a host is told without its port") {
  CHECK(hostName("mac.example:8443") == "mac.example");
  CHECK(hostName("mac.example") == "mac.example");
  CHECK(hostName("[::1]:8443") == "::1");
  CHECK(hostName("127.0.0.1:1") == "127.0.0.1");
}
