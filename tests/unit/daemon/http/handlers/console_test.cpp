// daemon/http/handlers/console.cpp
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

const std::vector<std::pair<std::string, std::string>> kUpgrade = {{"Connection", "Upgrade"},
                                                                   {"Upgrade", "microvm-raw"}};

void addVm(RunningServer& server, State state) {
  server.on([state](FakeService& service, HttpServer&) {
    service.add("web").vm.state = state;
    service.logStart = 100;
    service.log = "0123456789";
  });
}

}  // namespace

TEST_CASE("a console without an upgrade is refused with the protocol's name") {
  RunningServer server;
  addVm(server, State::Running);

  auto plain = server.ask("GET", "/v1/vms/web/console");
  auto other = server.ask("GET", "/v1/vms/web/console", "", {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}});

  CHECK(plain.status == 426);
  CHECK(plain.headers.find("Upgrade") == "websocket, microvm-raw");
  CHECK(plain.headers.find("Sec-WebSocket-Version") == "13");
  CHECK(other.status == 426);
  CHECK(server.ask("HEAD", "/v1/vms/web/console", "", kUpgrade).status == 426);
}

TEST_CASE("a console that cannot be attached is a problem, not an upgrade") {
  RunningServer server;
  addVm(server, State::Stopped);

  CHECK(server.ask("GET", "/v1/vms/web/console", "", kUpgrade).status == 409);
  CHECK(server.ask("GET", "/v1/vms/none/console", "", kUpgrade).status == 404);
  CHECK(server.ask("GET", "/v1/vms/web/console?mode=w", "", kUpgrade).status == 400);
  CHECK(server.ask("GET", "/v1/vms/web/console?offset=x", "", kUpgrade).status == 400);
  CHECK(server.ask("GET", "/v1/vms/web/console?offset=111", "", kUpgrade).status == 416);
}

TEST_CASE("a viewer is attached where it asks, or at the end") {
  RunningServer server;
  addVm(server, State::Running);
  std::string upgrade = " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: microvm-raw\r\n\r\n";
  std::vector<std::pair<std::string, std::string>> cases = {
      {"", "110"}, {"?offset=104", "104"}, {"?offset=3", "100"}, {"?tail=4", "106"}, {"?tail=9999", "100"}};

  for (const auto& [query, offset] : cases) {
    RawClient client(server.path());
    client.send("GET /v1/vms/web/console" + query + upgrade);
    CHECK(client.readUntil("\r\n\r\n").find("Microvm-Console-Offset: " + offset + "\r\n") != std::string::npos);
  }
}
