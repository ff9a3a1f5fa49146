#include "daemon/http/request_id.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace microvm::http;

TEST_CASE("a sane request id is kept, any other is replaced") {
  RequestIds ids;
  Headers headers;
  headers.set("X-Request-Id", "Abc-1.2_3");
  CHECK(ids.of(headers) == "Abc-1.2_3");

  for (const std::string& bad : {std::string(), std::string("a b"), std::string("\"x\""), std::string(65, 'a')}) {
    headers.set("X-Request-Id", bad);
    auto id = ids.of(headers);
    CHECK(id != bad);
    CHECK(id.size() == 15);
  }
}

TEST_CASE("request ids are 15 hexadecimal digits, and none comes twice") {
  std::set<std::string> given;
  for (int connection = 0; connection < 3; ++connection) {
    RequestIds ids;
    for (int request = 0; request < 100; ++request) {
      const auto id = ids.of(Headers());
      CHECK(id.size() == 15);
      CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
      CHECK(given.insert(id).second);
    }
  }
}
