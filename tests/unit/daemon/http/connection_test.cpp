#include "daemon/http/connection.hpp"

#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n\r\n";
const std::string kHealth =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r\r\nContent-Length: 15\r\n\r\n"
    R"({"status":"ok"})";

/// A server that loses patience at once.
ServerOptions impatient() {
  ServerOptions options;
  options.limits.head = Milliseconds(30);
  options.limits.body = Milliseconds(30);
  options.limits.idle = Milliseconds(60);
  return options;
}

int statusOf(std::string_view response) {
  return std::stoi(std::string(response.substr(9, 3)));
}

/// The status that these bytes are answered with; the connection must be closed behind the answer.
int refusal(std::string_view bytes) {
  RunningServer server;
  RawClient client(server.path());
  client.send(bytes);
  client.finishSending();
  auto answer = client.readAll();
  CAPTURE(answer);
  CHECK(answer.find("application/problem+json") != std::string::npos);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  return statusOf(answer);
}

}  // namespace

TEST_CASE("a request that comes byte by byte is answered like any other") {
  RunningServer server;
  RawClient client(server.path());

  for (char c : kGet)
    client.send(std::string_view(&c, 1));

  CHECK(client.read(kHealth.size()) == kHealth);
}

TEST_CASE("pipelined requests are answered in their order") {
  RunningServer server;
  RawClient client(server.path());

  client.send(kGet + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + kGet);

  CHECK(client.response().status == 200);
  CHECK(client.response().status == 404);
  CHECK(client.response().status == 200);
}

TEST_CASE("connection: close is granted") {
  RunningServer server;
  RawClient client(server.path());

  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + kGet);
  client.finishSending();

  auto answer = client.readAll();
  CHECK(statusOf(answer) == 200);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(answer.find("HTTP/1.1", 8) == std::string::npos);
}

TEST_CASE("HEAD has the length and no body") {
  RunningServer server;
  RawClient client(server.path());

  client.send("HEAD /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n\r\n" + kGet);

  auto head = kHealth.substr(0, kHealth.find("{"));
  CHECK(client.readUntil("\r\n\r\n").find("Content-Length: 15\r\n") != std::string::npos);
  CHECK(client.read(kHealth.size()) == kHealth);
  CHECK_FALSE(head.empty());
}

TEST_CASE("what cannot be read is answered with a problem, then the connection ends") {
  CHECK(refusal("hello\r\n") == 400);
  CHECK(refusal(std::string("\x16\x03\x01\x00\x00", 5)) == 400);
  CHECK(refusal("GET / HTTP/1.1\r\nHost: x\r\nContent-Len") == 400);
  CHECK(refusal("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}") == 400);
  CHECK(refusal("POST /v1/vms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") == 400);
  CHECK(refusal("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}") ==
        400);
  CHECK(refusal("GET http:/// HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  CHECK(refusal("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n") == 431);
  CHECK(refusal("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n") == 413);
  CHECK(refusal("POST /v1/vms HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n") == 417);
}

TEST_CASE("a client that sends far too much still gets to read why it is refused") {
  RunningServer server;
  RawClient client(server.path());

  client.send("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n" + std::string(100'000, 'a'));
  client.finishSending();

  CHECK(statusOf(client.readAll()) == 413);
}

TEST_CASE("a target that cannot be read is a problem, and the connection goes on") {
  RunningServer server;
  RawClient client(server.path());

  client.send("GET /v1/%zz HTTP/1.1\r\nHost: x\r\n\r\n" + kGet);

  CHECK(client.response().status == 400);
  CHECK(client.response().status == 200);
}

TEST_CASE("a slow head and a slow body are answered with 408, a silent connection is closed") {
  RunningServer server(impatient());
  RawClient head(server.path());
  RawClient body(server.path());
  RawClient silent(server.path());

  head.send("GET / HT");
  body.send("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{");

  CHECK(statusOf(head.readUntil("}")) == 408);
  CHECK(statusOf(body.readUntil("}")) == 408);
  CHECK(silent.readAll().empty());
}

TEST_CASE("a client that waits for 100-continue is told to go on") {
  RunningServer server;
  RawClient client(server.path());

  client.send(
      "POST /v1/vms HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: "
      "2\r\n\r\n");
  CHECK(client.readUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");

  CHECK(client.response().status == 422);
}

TEST_CASE("a body of another type is refused") {
  RunningServer server;
  RawClient client(server.path());

  client.send("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(client.response().status == 415);
  client.send("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(client.response().status == 415);
  client.send(
      "POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Type: Application/JSON; charset=utf-8\r\nContent-Length: "
      "2\r\n\r\n{}");
  CHECK(client.response().status == 422);
}

TEST_CASE("a body that is coded is refused as such") {
  RunningServer server;

  const auto refused = server.ask("POST", "/v1/vms", "\x1f\x8b", {{"Content-Encoding", "gzip"}});
  CHECK(refused.status == 415);
  CHECK(refused.body.find("Content-Encoding") != std::string::npos);
  CHECK(server.ask("POST", "/v1/vms", "{}", {{"Content-Encoding", "Identity"}}).status == 422);
}

TEST_CASE("a fault in a handler is a 500, and the server lives on") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.throws = true; });
  RawClient client(server.path());

  client.send("GET /v1/vms/web HTTP/1.1\r\nHost: x\r\n\r\n" + kGet);

  CHECK(client.response().status == 500);
  CHECK(client.response().status == 200);
}

TEST_CASE("a wait is given up when its client goes away") {
  RunningServer server;
  std::shared_ptr<ConsoleState> console;
  server.on([](FakeService& service, HttpServer&) {
    service.add("web");
    service.waitTakes = Milliseconds(100'000);
  });
  RawClient client(server.path());
  client.send("GET /v1/vms/web/wait?for=running&timeout=90s HTTP/1.1\r\nHost: x\r\n\r\n");
  bool waiting = false;
  while (!waiting) {
    server.on([&](FakeService& service, HttpServer&) { waiting = !service.calls.empty(); });
  }

  client.close();

  std::size_t open = 1;
  while (open > 0) {
    server.on([&](FakeService&, HttpServer& http) { open = http.connections(); });
  }
  bool givenUp = false;
  server.on([&](FakeService& service, HttpServer&) { givenUp = service.waitGivenUp; });
  CHECK(givenUp);
}

TEST_CASE("a request without Host, or of another version, is refused") {
  CHECK(refusal("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  CHECK(refusal("GET / HTTP/1.0\r\nHost: x\r\n\r\n") == 505);
  CHECK(refusal("PRI * HTTP/2.0\r\n\r\n") == 505);
}

TEST_CASE("every path says what it takes, and so does the server as a whole") {
  RunningServer server;

  CHECK(server.ask("OPTIONS", "/v1/vms").headers.find("Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(server.ask("OPTIONS", "/v1/vms").status == 204);
  CHECK(server.ask("OPTIONS", "*").headers.find("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  CHECK(server.ask("OPTIONS", "/nothing").status == 404);
  CHECK(server.ask("BREW", "/v1/vms").status == 501);
  CHECK(server.ask("DELETE", "/v1/vms").status == 405);
}
