// daemon/http/admission.cpp
#include "daemon/http/admission.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

Headers hosts(const std::vector<std::string>& values) {
  Headers headers;
  for (const auto& value : values)
    headers.add("host", value);
  return headers;
}

Request of(const std::string& method) {
  Request request;
  request.method = method;
  return request;
}

}  // namespace

TEST_CASE("exactly one Host is needed, and it must be one") {
  for (const std::string good : {"localhost", "microvm", "[::1]:8443", "mac.example:443", ""}) {
    CAPTURE(good);
    CHECK(checkHost(hosts({good})));
  }
  CHECK(checkHost(hosts({})).error().code == Errc::Malformed);
  CHECK(checkHost(hosts({"a", "a"})).error().code == Errc::Malformed);
  for (const std::string bad : {"a b", "a/b", "a@b", "a?b", "<a>"}) {
    CAPTURE(bad);
    CHECK_FALSE(checkHost(hosts({bad})));
  }
}

TEST_CASE("a method that some path takes is refused otherwise than one that none takes") {
  CHECK(methodRefusal(of("DELETE"), "GET, HEAD", "r").status == 405);
  CHECK(methodRefusal(of("BREW"), "GET, HEAD", "r").status == 501);
  CHECK(methodRefusal(of("get"), "GET, HEAD", "r").status == 501);
  CHECK(methodRefusal(of("DELETE"), "GET, HEAD", "r").headers.find("Allow") == "GET, HEAD");
}

TEST_CASE("OPTIONS is answered with what is taken and no body") {
  const auto answer = optionsAnswer("GET, HEAD, OPTIONS");

  CHECK(answer.status == 204);
  CHECK(answer.headers.find("Allow") == "GET, HEAD, OPTIONS");
  CHECK(answer.body.empty());
}

TEST_CASE("what cannot be read is told apart") {
  const Error malformed{Errc::Malformed, "", {}, {}};

  CHECK(kindOfUnreadable(malformed, HeadFault::Malformed).status == 400);
  CHECK(kindOfUnreadable(malformed, HeadFault::Version).status == 505);
  CHECK(kindOfUnreadable(Error{Errc::TooLarge, "", {}, {}}, HeadFault::TooLarge).status == 431);
  CHECK(kindOfUnreadable(Error{Errc::TooLarge, "", {}, {}}, HeadFault::None).status == 413);
  CHECK(kindOfUnreadable(Error{Errc::Timeout, "", {}, {}}, HeadFault::None).status == 408);
  CHECK(kindOfUnreadable(Error{Errc::Usage, "", {}, {}}, HeadFault::None).status == 417);
}
