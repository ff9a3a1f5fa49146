// daemon/http/handlers/events.cpp
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

TEST_CASE("events are read with what the query says") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.add("web"); });

  CHECK(server.ask("GET", "/v1/events?after=7&limit=3&vm=web").status == 200);

  EventQuery query;
  server.on([&](FakeService& service, HttpServer&) { query = service.lastQuery; });
  CHECK(query.after == 7);
  CHECK(query.limit == 3);
  CHECK(query.vmId == "01939f3e-7d6c-7aaa-8bbb-000000000001");
}

TEST_CASE("the events of a VM that is gone are asked for by its id") {
  RunningServer server;

  CHECK(server.ask("GET", "/v1/events?vm=01939f3e").status == 200);

  EventQuery query;
  server.on([&](FakeService& service, HttpServer&) { query = service.lastQuery; });
  CHECK(query.vmId == "01939f3e");
}

TEST_CASE("events have their cause and their VM") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) {
    service.happened.push_back({1, Timestamp(Milliseconds(0)), "i", "web", "vm.running", "user", "it runs"});
  });

  CHECK(server.ask("GET", "/v1/events").body ==
        R"({"items":[{"sequence":1,"at":"1970-01-01T00:00:00.000Z","type":"vm.running","cause":"user",)"
        R"("detail":"it runs","vm":{"id":"i","name":"web"}}]})");
}

TEST_CASE("a limit or a place that is no number is refused") {
  RunningServer server;

  for (const std::string query : {"limit=0", "limit=1001", "limit=x", "after=-1", "after=1&after=2", "since=1"}) {
    CAPTURE(query);
    CHECK(server.ask("GET", "/v1/events?" + query).status == 400);
  }
}
