#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

using Json = nlohmann::json;

const std::string kWeb =
    R"({"metadata":{"name":"web"},"spec":{"cpus":4,"boot":{"linux":{"kernel":"/images/vmlinuz"}}}})";

struct Server : RunningServer {
  explicit Server(State state = State::Stopped) {
    on([state](FakeService& service, HttpServer&) { service.add("web").vm.state = state; });
  }
  Json vm() { return Json::parse(ask("GET", "/v1/vms/web").body); }
};

}  // namespace

TEST_CASE("a definition is replaced only by who knows the one that there is") {
  Server server;
  const std::string tag(*server.ask("GET", "/v1/vms/web").headers.find("ETag"));

  CHECK(server.ask("PUT", "/v1/vms/web", kWeb).status == 428);
  CHECK(server.ask("PUT", "/v1/vms/web", kWeb, {{"If-Match", "\"9-0\""}}).status == 412);
  const auto replaced = server.ask("PUT", "/v1/vms/web", kWeb, {{"If-Match", tag}});
  REQUIRE(replaced.status == 200);
  CHECK(Json::parse(replaced.body)["metadata"]["generation"] == 2);
  CHECK(server.ask("PUT", "/v1/vms/web", kWeb, {{"If-Match", tag}}).status == 412);
  CHECK(server.ask("PUT", "/v1/vms/web", kWeb, {{"If-Match", "*"}}).status == 200);
  CHECK(server.vm()["spec"]["cpus"] == 4);
}

TEST_CASE("another name in a definition is no way to rename") {
  Server server;

  const auto other = R"({"metadata":{"name":"db"},"spec":{"boot":{"linux":{"kernel":"/images/vmlinuz"}}}})";
  const auto refused = server.ask("PUT", "/v1/vms/web", other, {{"If-Match", "*"}});

  CHECK(refused.status == 422);
  CHECK(Json::parse(refused.body)["errors"][0]["pointer"] == "/metadata/name");
}

TEST_CASE("a patch changes what it names and gives defaults back") {
  Server server;

  const auto patched = server.ask("PATCH", "/v1/vms/web", R"({"metadata":{"labels":{"a":"b"}},"spec":{"cpus":3}})");
  REQUIRE(patched.status == 200);
  CHECK(server.vm()["spec"]["cpus"] == 3);
  CHECK(server.vm()["metadata"]["labels"] == Json{{"a", "b"}});
  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"metadata":{"labels":{"a":null}},"spec":{"cpus":null}})").status == 200);

  CHECK(server.vm()["spec"]["cpus"] == 1);
  CHECK(server.vm()["metadata"]["labels"] == Json::object());
}

TEST_CASE("a patch may be called what it is") {
  Server server;
  const auto type = [](const char* name) {
    return std::vector<std::pair<std::string, std::string>>{{"Content-Type", name}};
  };

  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":3}})", type("application/merge-patch+json")).status ==
        200);
  const auto refused =
      server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":3}})", type("application/json-patch+json"));
  CHECK(refused.status == 415);
  CHECK(refused.headers.find("Accept-Patch") == "application/merge-patch+json");
  CHECK(server.ask("POST", "/v1/vms/web/start", "{}", type("application/merge-patch+json")).status == 415);
}

TEST_CASE("a patch that others overtake is made to what they left, unless it is for one generation") {
  Server server;
  server.on([](FakeService& service, HttpServer&) { service.overtaken = 2; });

  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":3}})").status == 200);
  CHECK(server.vm()["metadata"]["generation"] == 4);
  server.on([](FakeService& service, HttpServer&) { service.overtaken = 1; });
  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":5}})", {{"If-Match", "\"4\""}}).status == 412);
  server.on([](FakeService& service, HttpServer&) { service.overtaken = 1'000; });
  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":5}})").status == 409);
}

TEST_CASE("so is whatever takes any generation") {
  Server server;
  const auto beOvertaken = [&] { server.on([](FakeService& service, HttpServer&) { service.overtaken = 20; }); };

  beOvertaken();
  CHECK(server.ask("PUT", "/v1/vms/web", kWeb, {{"If-Match", "*"}}).status == 200);
  beOvertaken();
  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":5}})", {{"If-Match", "\"1\", *"}}).status == 200);
  beOvertaken();
  CHECK(server.ask("POST", "/v1/vms/web/rename", R"({"name":"db"})").status == 200);
}

TEST_CASE("nothing is changed whose definition If-None-Match has") {
  Server server;
  const std::vector<std::pair<std::string, std::string>> none{{"If-None-Match", "*"}};
  const std::vector<std::pair<std::string, std::string>> both{{"If-Match", "*"}, {"If-None-Match", "\"1\""}};

  CHECK(server.ask("PUT", "/v1/vms/web", kWeb, both).status == 412);
  CHECK(server.ask("PATCH", "/v1/vms/web", R"({"spec":{"cpus":5}})", none).status == 412);
  CHECK(server.ask("POST", "/v1/vms/web/start", "", none).status == 412);
  CHECK(server.ask("DELETE", "/v1/vms/web", "", none).status == 412);
  CHECK(server.ask("GET", "/v1/vms/web", "", none).status == 304);
  CHECK(server.ask("GET", "/v1/vms/web", "", {{"If-Match", "\"7\""}}).status == 412);
  CHECK(server.vm()["metadata"]["generation"] == 1);
}

TEST_CASE("a running VM tells which members wait for its next start") {
  Server server(State::Running);

  REQUIRE(server.ask("PATCH", "/v1/vms/web", R"({"metadata":{"labels":{"a":"b"}},"spec":{"cpus":3}})").status == 200);

  CHECK(server.vm()["status"]["pendingRestart"] == Json{"/spec/cpus"});
}

TEST_CASE("a plan tells member by member what would be and when, and changes nothing") {
  Server server;

  const auto plan = Json::parse(server.ask("POST", "/v1/vms:plan", kWeb).body);

  CHECK(plan["vm"] == "web");
  CHECK(plan["action"] == "change");
  CHECK(plan["changes"] == Json::parse(R"([{"pointer":"/spec/cpus","from":1,"to":4,"effect":"restart"}])"));
  CHECK(server.vm()["spec"]["cpus"] == 1);
  const auto created = R"({"metadata":{"name":"db"},"spec":{"boot":{"linux":{"kernel":"/images/vmlinuz"}}}})";
  CHECK(Json::parse(server.ask("POST", "/v1/vms:plan", created).body)["action"] == "create");
  CHECK(server.ask("GET", "/v1/vms/db").status == 404);
  CHECK(server.ask("POST", "/v1/vms:plan", R"({"metadata":{"name":"web"},"spec":{}})").status == 422);
}

TEST_CASE("a VM is renamed and cloned by its name alone") {
  Server server;

  const auto renamed = server.ask("POST", "/v1/vms/web/rename", R"({"name":"db"})");
  CHECK(renamed.status == 200);
  CHECK(renamed.headers.find("Location") == "/v1/vms/db");
  const auto cloned = server.ask("POST", "/v1/vms/db/clone", R"({"name":"db-2"})");
  CHECK(cloned.status == 201);
  CHECK(cloned.headers.find("Location") == "/v1/vms/db-2");
  const auto refused = server.ask("POST", "/v1/vms/db/rename", R"({"name":"No Name"})");
  CHECK(refused.status == 422);
  CHECK(Json::parse(refused.body)["errors"][0]["pointer"] == "/name");
  CHECK(Json::parse(refused.body)["detail"].get<std::string>().starts_with("/name "));
  CHECK(server.ask("POST", "/v1/vms/db/rename", R"({"name":"x","force":true})").status == 422);
  CHECK(server.ask("POST", "/v1/vms/db/rename", R"({"name":"x"})", {{"If-Match", "\"77\""}}).status == 412);
  CHECK(server.ask("POST", "/v1/vms/db/clone", R"({"name":"x"})", {{"If-Match", "\"77\""}}).status == 412);
}

TEST_CASE("an action can be for one generation of the definition") {
  Server server;

  CHECK(server.ask("POST", "/v1/vms/web/start", "", {{"If-Match", "\"2\""}}).status == 412);
  CHECK(server.ask("POST", "/v1/vms/web/start", "", {{"If-Match", "\"1\""}}).status == 202);
  CHECK(server.ask("DELETE", "/v1/vms/web", "", {{"If-Match", "\"2\""}}).status == 412);
}
