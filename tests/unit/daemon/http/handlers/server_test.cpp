// daemon/http/handlers/server.cpp
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

TEST_CASE("a daemon that does not know its VMs yet is alive but not ready") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.ready = false; });

  CHECK(server.ask("GET", "/healthz").status == 200);
  auto response = server.ask("GET", "/readyz");
  CHECK(response.status == 503);
  CHECK(response.headers.find("Retry-After") == "1");
}

TEST_CASE("a ready daemon says so") {
  RunningServer server;

  CHECK(server.ask("GET", "/readyz").body == R"({"status":"ready"})");
}

TEST_CASE("nothing about the daemon takes a query member or a body") {
  RunningServer server;

  for (const std::string path : {"/", "/healthz", "/readyz", "/openapi.yaml", "/v1"}) {
    CHECK(server.ask("GET", path).status == 200);
    auto member = server.ask("GET", path + "?verbose=1");
    CHECK(member.status == 400);
    CHECK(member.body.find("the query member verbose is not known here") != std::string::npos);
    CHECK(server.ask("GET", path, "{}").status == 400);
  }
}
