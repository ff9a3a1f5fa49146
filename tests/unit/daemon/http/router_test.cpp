#include "daemon/http/router.hpp"

#include <doctest/doctest.h>

#include "daemon/http/handlers/routes.hpp"

using namespace microvm;
using namespace microvm::http;

namespace {

Router::Match match(std::string_view method, std::string_view path) {
  static const Router router(routes());
  return router.match(method, *parseTarget(path));
}

}  // namespace

TEST_CASE("every operation finds its own route") {
  for (const auto& operation : kOperations) {
    CAPTURE(operation.id);
    std::string path(operation.path);
    auto name = path.find('{');
    if (name != std::string::npos) path.replace(name, path.find('}') - name + 1, "web");

    auto found = match(operation.method, path);

    REQUIRE(found.route != nullptr);
    CHECK(found.route->operationId == operation.id);
    CHECK(found.captures.size() == (name == std::string::npos ? 0 : 1));
  }
}

TEST_CASE("a capture is decoded, HEAD goes where GET goes") {
  auto found = match("HEAD", "/v1/vms/w%65b");

  REQUIRE(found.route != nullptr);
  CHECK(found.route->operationId == "getVm");
  CHECK(found.captures == std::vector<std::string>{"web"});
}

TEST_CASE("a path without that method names the methods that it has") {
  CHECK(match("PUT", "/v1/vms").allow == "GET, HEAD, POST");
  CHECK(match("OPTIONS", "/v1/vms/web").allow == "GET, HEAD, PUT, PATCH, DELETE");
  CHECK(match("GET", "/v1/vms/web/start").allow == "POST");
}

TEST_CASE("a path that does not exist has neither route nor methods") {
  for (std::string_view path : {"/v2", "/v1/vms/web/nothing", "/v1/vms/web/console/log/more", "/V1", "/v1/v"}) {
    CAPTURE(path);
    auto found = match("GET", path);
    CHECK(found.route == nullptr);
    CHECK(found.allow.empty());
  }
}
