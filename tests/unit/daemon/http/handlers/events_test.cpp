// daemon/http/handlers/events.cpp
#include <algorithm>

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
  CHECK(query.filter.vmId == "01939f3e-7d6c-7aaa-8bbb-000000000001");
}

TEST_CASE("the events of a VM that is gone are asked for by its id") {
  RunningServer server;

  CHECK(server.ask("GET", "/v1/events?vm=01939f3e").status == 200);

  EventQuery query;
  server.on([&](FakeService& service, HttpServer&) { query = service.lastQuery; });
  CHECK(query.filter.vm == "01939f3e");
}

TEST_CASE("events have their cause and their VM") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) {
    service.happen({0, Timestamp(Milliseconds(0)), "i", "web", "vm.running", "user", "it runs"});
  });

  CHECK(server.ask("GET", "/v1/events").body ==
        R"({"items":[{"sequence":1,"at":"1970-01-01T00:00:00.000Z","type":"vm.running","cause":"user",)"
        R"("detail":"it runs","vm":{"id":"i","name":"web"}}],"next":1,"oldest":1,"newest":1})");
}

TEST_CASE("a limit or a place that is no number is refused") {
  RunningServer server;

  for (const std::string query :
       {"limit=0", "limit=1001", "limit=x", "after=-1", "after=1&after=2", "since=soon", "after=1&since=5m",
        "follow=1&limit=5", "label=team%20in", "kind=vm.a,,vm.b", "heartbeat=1ms&follow=1", "surprise=1"}) {
    CAPTURE(query);
    CHECK(server.ask("GET", "/v1/events?" + query).status == 400);
  }
}

namespace {

VmEvent happening(const std::string& type) {
  return VmEvent{0, Timestamp(Milliseconds(0)), "i", "web", type, "guest", ""};
}

void sendFollow(RawClient& client, const std::string& query, const std::string& headers = {}) {
  client.send("GET /v1/events?" + query + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
}

}  // namespace

TEST_CASE("a page says where to go on and what is kept") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) {
    for (const char* type : {"vm.created", "vm.starting", "vm.running"})
      service.happen(happening(type));
  });

  const auto page = server.ask("GET", "/v1/events?limit=2").body;

  CHECK(page.find(R"("next":2,"oldest":1,"newest":3)") != std::string::npos);
}

TEST_CASE("an event that somebody asked for names the request and its sender, and an end how the runner ended") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) {
    auto event = happening("vm.stopped");
    event.cause = Cause("user");
    event.cause.requestId = "r1";
    event.cause.user = "alice";
    event.exit = ExitOutcome{std::nullopt, 9};
    event.labels = {{"team", "infra"}};
    service.happen(std::move(event));
  });

  const auto page = server.ask("GET", "/v1/events").body;

  CHECK(page.find(R"("cause":"user","request":{"id":"r1","user":"alice"},"exit":{"code":null,"signal":9})") !=
        std::string::npos);
  CHECK(page.find(R"("labels":{"team":"infra"})") != std::string::npos);
}

TEST_CASE("a follower without a place hears what happens from now on, a line each") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.happen(happening("vm.created")); });
  RawClient client(server.path());

  sendFollow(client, "follow=1");
  const auto head = client.readUntil("\r\n\r\n");
  server.on([](FakeService& service, HttpServer&) { service.happen(happening("vm.running")); });

  CHECK(head.find("Content-Type: application/x-ndjson") != std::string::npos);
  const auto line = client.readUntil("}}\n");
  CHECK(line.find("vm.created") == std::string::npos);
  CHECK(line.find(R"("sequence":2)") != std::string::npos);
}

TEST_CASE("server-sent events have their number as id, and Last-Event-ID goes before the address") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) {
    for (const char* type : {"vm.created", "vm.starting", "vm.running"})
      service.happen(happening(type));
  });
  RawClient client(server.path());

  sendFollow(client, "after=0", "Accept: text/event-stream\r\nLast-Event-ID: 2\r\n");
  const auto heard = client.readUntil("vm.running");

  CHECK(heard.find("Content-Type: text/event-stream") != std::string::npos);
  CHECK(heard.find("retry: 1000\n\n") != std::string::npos);
  CHECK(heard.find("id: 3\ndata: {\"sequence\":3") != std::string::npos);
  CHECK(heard.find("vm.starting") == std::string::npos);
}

TEST_CASE("lines without follow end with the newest event") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.happen(happening("vm.created")); });

  const auto answer = server.ask("GET", "/v1/events", {}, {{"Accept", "application/x-ndjson"}});

  CHECK(answer.status == 200);
  CHECK(std::count(answer.body.begin(), answer.body.end(), '\n') == 1);
}

TEST_CASE("what a client would rather have is what it gets") {
  RunningServer server;
  const auto typeFor = [&](const char* accept) {
    RawClient client(server.path());
    sendFollow(client, "after=0", std::string("Accept: ") + accept + "\r\n");
    const auto head = client.readUntil("\r\n\r\n");
    const auto at = head.find("Content-Type: ") + 14;
    return head.substr(at, head.find('\r', at) - at);
  };

  CHECK(typeFor("text/event-stream;q=0.5, application/json") == "application/json");
  CHECK(typeFor("application/json, text/event-stream") == "text/event-stream");
  CHECK(typeFor("text/event-stream; charset=utf-8") == "text/event-stream");
  CHECK(typeFor("application/x-ndjson;q=0.9, text/event-stream;q=0.1") == "application/x-ndjson");
  CHECK(typeFor("text/event-stream;q=0") == "application/json");
}
