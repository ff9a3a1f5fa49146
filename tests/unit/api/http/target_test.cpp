#include "api/http/target.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

TEST_CASE("a target is taken apart into decoded segments and query members") {
  auto target = parseTarget("/v1/vms/w%65b?a=1&b=x%20y%26&flag&a=2&p+q=1+1%2B1");

  REQUIRE(target);
  CHECK(target->path == "/v1/vms/w%65b");
  CHECK(target->segments == std::vector<std::string>{"v1", "vms", "web"});
  CHECK(target->find("a") == "1");
  CHECK(target->find("b") == "x y&");
  CHECK(target->find("flag") == "");
  CHECK(target->find("p q") == "1 1+1");
  CHECK_FALSE(target->find("c"));
  CHECK(target->query.size() == 5);
}

TEST_CASE("the root has no segments") {
  auto target = parseTarget("/?");

  REQUIRE(target);
  CHECK(target->segments.empty());
  CHECK(target->query.empty());
}

TEST_CASE("targets that could mean two things are malformed") {
  for (std::string_view bad : {"", "v1", "//", "/v1/", "/v1//vms", "/v1/./a", "/v1/../a", "/v1/%2e%2e/a", "/v1/a%2fb",
                               "/v1/%", "/v1/%4", "/v1/%zz", "/v1/%00", "/v1?a=%", "/v1?%4=a"}) {
    CAPTURE(bad);
    auto target = parseTarget(bad);
    REQUIRE_FALSE(target);
    CHECK(target.error().code == Errc::Malformed);
  }
}

TEST_CASE("a + in a path is itself") {
  CHECK(parseTarget("/v1/a+b")->segments.back() == "a+b");
}

TEST_CASE("a slash at the end is told apart from what could mean two things") {
  CHECK(parseTarget("/v1/").error().hint == "write no / at its end, and no two in a row");
  CHECK(parseTarget("/v1/..").error().hint.empty());
}

TEST_CASE("a target with too many parts is malformed") {
  std::string path;
  std::string query = "/?";
  for (int i = 0; i < 40; ++i)
    path += "/a";
  for (int i = 0; i < 40; ++i)
    query += "a=1&";

  CHECK_FALSE(parseTarget(path));
  CHECK_FALSE(parseTarget(query));
}

TEST_CASE("what is encoded decodes to the same") {
  const std::string text = "a b/c?d%e&f=\xc3\xa4~._-";

  auto encoded = percentEncode(text);
  auto target = parseTarget("/?x=" + encoded);

  CHECK(encoded == "a%20b%2Fc%3Fd%25e%26f%3D%C3%A4~._-");
  REQUIRE(target);
  CHECK(target->find("x") == text);
}

TEST_CASE("bytes that a target has to encode are refused as they are") {
  for (const std::string_view bad : {std::string_view("/a\0b", 4), std::string_view("/a b"), std::string_view("/\x7f"),
                                     std::string_view("/\xc3\xa4"), std::string_view("/a?b=\x01")}) {
    CHECK(parseTarget(bad).error().code == Errc::Malformed);
  }
  CHECK(parseTarget("/%C3%A4").value().segments.front() == "\xc3\xa4");
}
