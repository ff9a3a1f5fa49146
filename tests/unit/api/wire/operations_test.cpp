#include "api/wire/operations.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("no operation id and no method with path is there twice") {
  std::set<std::string_view> ids;
  std::set<std::string> routes;
  for (const auto& operation : kOperations) {
    ids.insert(operation.id);
    routes.insert(std::string(operation.method) + " " + std::string(operation.path));
  }
  CHECK(ids.size() == kOperations.size());
  CHECK(routes.size() == kOperations.size());
}

TEST_CASE("an operation is found by its id") {
  static_assert(findOperation("getVm")->path == "/v1/vms/{name}");
  static_assert(findOperation("no") == nullptr);
  CHECK(findOperation("createVm")->method == "POST");
}
