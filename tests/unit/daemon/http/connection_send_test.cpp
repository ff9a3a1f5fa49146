// Streams and upgrades over a connection.
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

const std::string kUpgrade = "Connection: Upgrade\r\nUpgrade: microvm-raw\r\n\r\n";

void runVm(RunningServer& server, std::string log = "") {
  server.on([&](FakeService& service, HttpServer&) {
    service.add("web").vm.state = State::Running;
    service.log = log;
  });
}

void say(RunningServer& server, const std::string& text) {
  server.on([&](FakeService& service, HttpServer&) {
    service.console->output.push_back(text);
    service.console->changed.notifyAll();
  });
}

void endVm(RunningServer& server) {
  server.on([](FakeService& service, HttpServer&) {
    service.console->ended = true;
    service.console->changed.notifyAll();
  });
}

/// Waits until the guest has been typed this.
bool hasTyped(RunningServer& server, const std::string& text) {
  for (int i = 0; i < 100'000; ++i) {
    bool there = false;
    server.on([&](FakeService& service, HttpServer&) { there = service.console->typed == text; });
    if (there) return true;
  }
  return false;
}

int viewers(RunningServer& server, int wanted) {
  int count = -1;
  for (int i = 0; i < 100'000 && count != wanted; ++i) {
    server.on([&](FakeService& service, HttpServer&) { count = service.console->viewers; });
  }
  return count;
}

}  // namespace

TEST_CASE("an upgraded console carries bytes both ways until the VM ends") {
  RunningServer server;
  runVm(server, "boot\n");
  RawClient client(server.path());

  client.send("GET /v1/vms/web/console?offset=2 HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n" + kUpgrade + "ls");
  CHECK(client.readUntil("\r\n\r\n") ==
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: microvm-raw\r\n"
        "Microvm-Console-Offset: 2\r\nX-Request-Id: r\r\n\r\n");
  client.send("\n");
  CHECK(hasTyped(server, "ls\n"));
  say(server, "a b c\n");
  CHECK(client.read(6) == "a b c\n");
  endVm(server);

  CHECK(client.readAll().empty());
  client.close();
  CHECK(viewers(server, 0) == 0);
}

TEST_CASE("a client that ends its typing goes on listening") {
  RunningServer server;
  runVm(server);
  RawClient client(server.path());

  client.send("GET /v1/vms/web/console HTTP/1.1\r\nHost: x\r\n" + kUpgrade + "halt\n");
  client.finishSending();
  CHECK(hasTyped(server, "halt\n"));
  say(server, "bye\n");
  endVm(server);

  client.readUntil("\r\n\r\n");
  CHECK(client.readAll() == "bye\n");
}

TEST_CASE("what was typed just before hanging up still arrives") {
  RunningServer server;
  runVm(server);
  RawClient client(server.path());

  client.send("GET /v1/vms/web/console HTTP/1.1\r\nHost: x\r\n" + kUpgrade);
  client.readUntil("\r\n\r\n");
  client.send("reboot\n");
  client.close();

  CHECK(hasTyped(server, "reboot\n"));
  CHECK(viewers(server, 0) == 0);
}

TEST_CASE("a viewer that only looks types nothing") {
  RunningServer server;
  runVm(server);
  RawClient client(server.path());

  client.send("GET /v1/vms/web/console?mode=ro HTTP/1.1\r\nHost: x\r\n" + kUpgrade + "secret");
  client.readUntil("\r\n\r\n");
  say(server, "x");
  CHECK(client.read(1) == "x");
  endVm(server);
  CHECK(client.readAll().empty());

  CHECK(hasTyped(server, ""));
}

TEST_CASE("a followed log comes in chunks and ends with the VM") {
  RunningServer server;
  runVm(server, "boot\n");
  RawClient client(server.path());

  client.send("GET /v1/vms/web/console/log?follow=true&tail=3 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto head = client.readUntil("\r\n\r\n");
  CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(head.find("Microvm-Console-Offset: 2\r\n") != std::string::npos);
  say(server, "one");
  CHECK(client.readUntil("one\r\n") == "3\r\none\r\n");
  endVm(server);
  CHECK(client.readUntil("0\r\n\r\n") == "0\r\n\r\n");

  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.response().status == 200);
}

TEST_CASE("a follower that goes away frees its connection though the console is silent") {
  RunningServer server;
  runVm(server);
  RawClient client(server.path());

  client.send("GET /v1/vms/web/console/log?follow HTTP/1.1\r\nHost: x\r\n\r\n");
  client.readUntil("\r\n\r\n");
  CHECK(viewers(server, 1) == 1);
  client.close();

  CHECK(viewers(server, 0) == 0);
}

TEST_CASE("a stopping daemon ends streams at once") {
  RunningServer server;
  runVm(server);
  RawClient raw(server.path());
  RawClient log(server.path());
  raw.send("GET /v1/vms/web/console HTTP/1.1\r\nHost: x\r\n" + kUpgrade);
  log.send("GET /v1/vms/web/console/log?follow HTTP/1.1\r\nHost: x\r\n\r\n");
  raw.readUntil("\r\n\r\n");
  log.readUntil("\r\n\r\n");
  CHECK(viewers(server, 2) == 2);

  server.stop(Milliseconds(60'000));

  CHECK(raw.readAll().empty());
  CHECK(log.readAll().empty());
}
