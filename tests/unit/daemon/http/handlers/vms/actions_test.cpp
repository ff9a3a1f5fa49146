// daemon/http/handlers/actions.cpp
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

std::vector<std::string> callsOf(RunningServer& server) {
  std::vector<std::string> calls;
  server.on([&](FakeService& service, HttpServer&) { calls = std::exchange(service.calls, {}); });
  return calls;
}

void addVm(RunningServer& server) {
  server.on([](FakeService& service, HttpServer&) { service.add("web"); });
}

}  // namespace

TEST_CASE("an action is accepted at once") {
  RunningServer server;
  addVm(server);

  for (const std::string action : {"start", "stop", "kill"}) {
    CHECK(server.ask("POST", "/v1/vms/web/" + action).status == 202);
    CHECK(server.ask("POST", "/v1/vms/web/" + action, "{}").status == 202);
    CHECK(server.ask("POST", "/v1/vms/none/" + action).status == 404);
    CHECK(server.ask("POST", "/v1/vms/web/" + action + "?x=1").status == 400);
    CHECK(server.ask("POST", "/v1/vms/web/" + action, R"({"x":1})").status == 422);
  }
}

TEST_CASE("with a preference to wait the answer comes when it has happened") {
  RunningServer server;
  addVm(server);

  auto started = server.ask("POST", "/v1/vms/web/start", "", {{"Prefer", "respond-async, wait=30"}});
  auto stopped = server.ask("POST", "/v1/vms/web/stop", "", {{"Prefer", "wait=99999"}});
  auto killed = server.ask("POST", "/v1/vms/web/kill", "", {{"Prefer", "wait=1"}});

  CHECK(started.status == 200);
  CHECK(started.headers.find("Preference-Applied") == "wait=30");
  CHECK(started.body.find(R"("state":"running")") != std::string::npos);
  CHECK(stopped.headers.find("Preference-Applied") == "wait=600");
  CHECK(killed.status == 200);
  CHECK(callsOf(server) == std::vector<std::string>{"start web", "wait-operation start 30000", "stop web - -",
                                                    "wait-operation stop 600000", "kill web",
                                                    "wait-operation kill 1000"});
}

TEST_CASE("an action that is not done in the preferred time answers with its operation, a wait with a 504") {
  RunningServer server;
  addVm(server);
  server.on([](FakeService& service, HttpServer&) { service.waitTakes = Milliseconds(10'000); });

  auto preferred = server.ask("POST", "/v1/vms/web/start", "", {{"Prefer", "wait=0"}});
  auto waited = server.ask("GET", "/v1/vms/web/wait?for=running&timeout=1ms");

  CHECK(preferred.status == 202);
  CHECK(preferred.body.find(R"("kind":"start")") != std::string::npos);
  CHECK(waited.status == 504);
  CHECK(waited.body.find(R"("retryable":true)") != std::string::npos);
}

TEST_CASE("what was accepted can be looked up at its location, and how it ended is told") {
  RunningServer server;
  addVm(server);
  server.on([](FakeService& service, HttpServer&) {
    service.operationFails = Error{Errc::RunnerFailed, "VM web did not start: no such disk", "look", {}};
  });

  auto accepted = server.ask("POST", "/v1/vms/web/start");
  auto location = std::string(accepted.headers.find("Location").value_or(""));
  auto waited = server.ask("GET", location + "/wait?timeout=1s");
  auto preferred = server.ask("POST", "/v1/vms/web/start", "", {{"Prefer", "wait=1"}});

  CHECK(accepted.status == 202);
  CHECK(location.starts_with("/v1/operations/"));
  CHECK(waited.status == 200);
  CHECK(waited.body.find(R"("state":"failed")") != std::string::npos);
  CHECK(waited.body.find("no such disk") != std::string::npos);
  CHECK(preferred.status == 502);
  CHECK(preferred.body.find("no such disk") != std::string::npos);
}

TEST_CASE("a stop request is read strictly") {
  RunningServer server;
  addVm(server);

  CHECK(server.ask("POST", "/v1/vms/web/stop", R"({"timeout":"5s","escalate":false})").status == 202);
  CHECK(callsOf(server) == std::vector<std::string>{"stop web 5000 false"});

  auto refused = server.ask("POST", "/v1/vms/web/stop", R"({"timeout":5,"escalat":true})");
  CHECK(refused.status == 422);
  CHECK(refused.body.find(R"("pointer":"/timeout")") != std::string::npos);
  CHECK(refused.body.find(R"("pointer":"/escalat")") != std::string::npos);
  CHECK(callsOf(server).empty());
}

TEST_CASE("a wait names its goal and its time") {
  RunningServer server;
  addVm(server);

  CHECK(server.ask("GET", "/v1/vms/web/wait?for=stopped&timeout=2m").status == 200);
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=deleted").status == 200);
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=running&timeout=1h").status == 200);
  CHECK(callsOf(server) ==
        std::vector<std::string>{"wait web stopped 120000", "wait web deleted 30000", "wait web running 600000"});
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=ready").status == 200);
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=condition=Http=False&timeout=2m").status == 200);
  CHECK(callsOf(server) == std::vector<std::string>{"wait web Ready=True 30000", "wait web Http=False 120000"});
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=condition=Disk").status == 400);
  CHECK(server.ask("GET", "/v1/vms/web/wait").status == 400);
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=happy").status == 400);
  CHECK(server.ask("GET", "/v1/vms/web/wait?for=running&timeout=soon").status == 400);
}

TEST_CASE("a question to the runner takes no body") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.add("web").vm.state = State::Running; });

  CHECK(server.ask("GET", "/v1/vms/web/vfkit/vm/state", "{}").status == 400);
  CHECK(server.ask("GET", "/v1/vms/web/vfkit/vm/inspect", "{}").status == 400);
}
