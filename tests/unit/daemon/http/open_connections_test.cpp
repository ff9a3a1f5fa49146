// daemon/http/open_connections.cpp
#include "daemon/http/open_connections.hpp"

#include <optional>

#include <doctest/doctest.h>

using namespace microvm::http;

namespace {

/// Only compared, never looked into.
Connection* connection(std::uintptr_t number) {
  return reinterpret_cast<Connection*>(number);
}

}  // namespace

TEST_CASE("connections are counted in all and for each peer, as long as they have a place") {
  const auto open = std::make_shared<OpenConnections>();
  std::optional<OpenConnections::Place> first;
  first.emplace(open, connection(1), "process 7");
  OpenConnections::Place second(open, connection(2), "process 7");
  OpenConnections::Place third(open, connection(3), "process 8");

  CHECK(open->count() == 3);
  CHECK(open->countOf("process 7") == 2);
  CHECK(open->countOf("process 9") == 0);
  first.reset();
  CHECK(open->count() == 2);
  CHECK(open->countOf("process 7") == 1);
}
