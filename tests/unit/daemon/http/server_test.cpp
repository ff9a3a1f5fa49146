#include "daemon/http/server.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("many connections at once are all served") {
  RunningServer server;
  std::vector<std::thread> clients;
  std::atomic<int> served = 0;

  for (int i = 0; i < 32; ++i) {
    clients.emplace_back([&] {
      UnixClient client(server.path());
      for (int j = 0; j < 20; ++j) {
        Request request;
        request.target = "/v1/vms";
        auto response = client.request(std::move(request));
        if (response && response->status == 200) ++served;
      }
    });
  }
  for (auto& client : clients)
    client.join();

  CHECK(served == 32 * 20);
}

TEST_CASE("one connection too many is told to come back") {
  ServerOptions options;
  options.mostConnections = 2;
  RunningServer server(options);
  RawClient first(server.path());
  RawClient second(server.path());
  first.send(kGet);
  second.send(kGet);
  CHECK(first.response().status == 200);
  CHECK(second.response().status == 200);

  RawClient third(server.path());
  auto answer = third.readAll();

  CHECK(answer.find("HTTP/1.1 503 Service Unavailable\r\n") == 0);
  CHECK(answer.find("Retry-After: 1\r\n") != std::string::npos);
}

TEST_CASE("a stop ends idle connections at once and lets nobody new in") {
  RunningServer server;
  RawClient idle(server.path());
  idle.send(kGet);
  CHECK(idle.response().status == 200);

  server.stop(Milliseconds(60'000));

  CHECK(idle.readAll().empty());
  CHECK(UnixClient(server.path()).request(Request()).error().code == Errc::Unreachable);
}

TEST_CASE("a stop ends waits with an answer") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) {
    service.add("web");
    service.waitTakes = Milliseconds(100'000);
  });
  RawClient client(server.path());
  client.send("GET /v1/vms/web/wait?for=stopped HTTP/1.1\r\nHost: x\r\n\r\n");
  bool waiting = false;
  while (!waiting) {
    server.on([&](FakeService& service, HttpServer&) { waiting = !service.calls.empty(); });
  }

  std::thread stopping([&] { server.stop(Milliseconds(60'000)); });
  auto answer = client.response();
  client.close();
  stopping.join();

  CHECK(answer.status == 503);
  CHECK(answer.body.find(R"("code":"cancelled")") != std::string::npos);
}

TEST_CASE("a stop cuts what does not end within its bound") {
  RunningServer server;
  RawClient half(server.path());
  half.send("GET / HT");
  bool begun = false;
  while (!begun) {
    server.on([&](FakeService&, HttpServer& http) { begun = http.connections() == 1; });
  }

  server.stop(Milliseconds(20));

  CHECK(half.readAll().find("timeout") == std::string::npos);
}

TEST_CASE("one peer cannot have more than its share of the connections") {
  ServerOptions options;
  options.mostOfPeer = 1;
  RunningServer server(options);
  RawClient first(server.path());
  first.send(kGet);
  CHECK(first.response().status == 200);

  RawClient second(server.path());
  auto answer = second.readAll();

  CHECK(answer.find("HTTP/1.1 429 Too Many Requests\r\n") == 0);
  CHECK(answer.find("Retry-After: 1\r\n") != std::string::npos);
}
