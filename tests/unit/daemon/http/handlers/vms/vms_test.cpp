// daemon/http/handlers/vms.cpp
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

const std::string kDefinition =
    R"({"metadata":{"name":"web"},"spec":{"cpus":2,"boot":{"linux":{"kernel":"/images/vmlinuz"}}}})";

bool has(const Response& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a VM is created and found by name and by id") {
  RunningServer server;

  auto created = server.ask("POST", "/v1/vms", kDefinition);
  auto byName = server.ask("GET", "/v1/vms/web");
  auto byId = server.ask("GET", "/v1/vms/01939f3e-7d6c-7aaa-8bbb-000000000001");

  CHECK(created.status == 201);
  CHECK(created.headers.find("Location") == "/v1/vms/web");
  CHECK(byName.status == 200);
  CHECK(byName.body == created.body);
  CHECK(byId.body == created.body);
  CHECK(byName.headers.find("ETag") == created.headers.find("ETag"));
}

TEST_CASE("a definition that is not usable is refused with the pointers of all its faults") {
  RunningServer server;

  auto response = server.ask("POST", "/v1/vms", R"({"metadata":{"name":"Web"},"spec":{"cpu":2,"boot":{}}})");

  CHECK(response.status == 422);
  CHECK(has(response, R"("pointer":"/spec/cpu")"));
  CHECK(has(response, R"("pointer":"/spec/boot")"));
  CHECK(has(response, R"("pointer":"/metadata/name")"));
}

TEST_CASE("a body that is no JSON is malformed, no body at all is not usable") {
  RunningServer server;

  CHECK(server.ask("POST", "/v1/vms", "{").status == 400);
  CHECK(server.ask("POST", "/v1/vms", "[]").status == 422);
  CHECK(server.ask("POST", "/v1/vms").status == 422);
}

TEST_CASE("a client that has the VM already is told so, until the VM changes") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.add("web"); });
  std::string tag(*server.ask("GET", "/v1/vms/web").headers.find("ETag"));

  for (const std::string& known : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
    auto same = server.ask("GET", "/v1/vms/web", "", {{"If-None-Match", known}});
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.headers.find("ETag") == tag);
  }
  server.on([](FakeService& service, HttpServer&) { service.vms["web"].vm.state = State::Running; });

  CHECK(server.ask("GET", "/v1/vms/web", "", {{"If-None-Match", tag}}).status == 200);
}

TEST_CASE("a VM is deleted, by force when asked") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.add("a"), service.add("b"), service.add("c"); });

  CHECK(server.ask("DELETE", "/v1/vms/a").status == 204);
  CHECK(server.ask("DELETE", "/v1/vms/b?force=true").status == 204);
  CHECK(server.ask("DELETE", "/v1/vms/c?force").status == 204);
  CHECK(server.ask("DELETE", "/v1/vms/d").status == 404);

  std::vector<std::string> calls;
  server.on([&](FakeService& service, HttpServer&) { calls = service.calls; });
  CHECK(calls == std::vector<std::string>{"remove a", "remove b force", "remove c force"});
}

TEST_CASE("the list of VMs is one object") {
  RunningServer server;
  CHECK(server.ask("GET", "/v1/vms").body == R"({"items":[]})");
  server.on([](FakeService& service, HttpServer&) { service.add("web"); });

  auto one = server.ask("GET", "/v1/vms/web");

  CHECK(server.ask("GET", "/v1/vms").body == R"({"items":[)" + one.body + "]}");
}
