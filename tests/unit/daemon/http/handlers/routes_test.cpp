#include "daemon/http/handlers/routes.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

TEST_CASE("every operation has its route, in the same order") {
  REQUIRE(routes().size() == kOperations.size());
  for (std::size_t i = 0; i < kOperations.size(); ++i)
    CHECK(routes()[i].operationId == kOperations[i].id);
}
