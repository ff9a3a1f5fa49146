#include "daemon/http/request_id.hpp"

#include <doctest/doctest.h>

using namespace microvm::http;

TEST_CASE("a sane request id is kept, any other is replaced") {
  Headers headers;
  headers.set("X-Request-Id", "Abc-1.2_3");
  CHECK(requestIdOf(headers) == "Abc-1.2_3");

  for (const std::string& bad : {std::string(), std::string("a b"), std::string("\"x\""), std::string(65, 'a')}) {
    headers.set("X-Request-Id", bad);
    auto id = requestIdOf(headers);
    CHECK(id != bad);
    CHECK(id.size() == 16);
  }
  CHECK(requestIdOf(Headers()).size() == 16);
}
