// Clients with bad manners: the daemon answers or drops them, and lives on.
#include <memory>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

bool answersStill(const Daemon& daemon) {
  return daemon.api().get("/healthz").status == 200;
}

}  // namespace

TEST_CASE("what is no HTTP is answered with 400 or dropped") {
  const Daemon daemon;
  for (const std::string bytes :
       {"\x16\x03\x01\x02", "hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nBroken header\r\n\r\n",
        "POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST /v1/vms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"}) {
    CAPTURE(bytes);
    const RawConnection connection(daemon.api().socket());
    REQUIRE(connection.send(bytes));
    ::shutdown(connection.fd(), SHUT_WR);
    const auto answer = connection.readAll();
    CHECK((answer.empty() || answer.rfind("HTTP/1.1 400", 0) == 0));
  }
  CHECK(answersStill(daemon));
}

TEST_CASE("a head that does not end is answered with 431") {
  const Daemon daemon;
  const RawConnection connection(daemon.api().socket());

  connection.send("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));

  CHECK(connection.readAll().rfind("HTTP/1.1 431", 0) == 0);
  CHECK(answersStill(daemon));
}

TEST_CASE("a body announced too large is refused before it is sent") {
  const Daemon daemon;
  const RawConnection connection(daemon.api().socket());

  connection.send(
      "POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{");

  CHECK(connection.read(12) == "HTTP/1.1 413");
}

TEST_CASE("half a request and a closed connection harm nobody") {
  const Daemon daemon;
  for (int i = 0; i < 200; ++i) {
    const RawConnection connection(daemon.api().socket());
    connection.send("POST /v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"meta");
  }
  CHECK(answersStill(daemon));
  CHECK(daemon.api().get("/v1/vms").json().at("items").empty());
}

TEST_CASE("a request sent byte by byte is answered") {
  const Daemon daemon;
  const RawConnection connection(daemon.api().socket());

  for (const char byte : std::string("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    connection.send(std::string(1, byte));

  CHECK(connection.readAll().rfind("HTTP/1.1 200", 0) == 0);
}

TEST_CASE("requests sent in one go are answered in their order") {
  const Daemon daemon;
  const RawConnection connection(daemon.api().socket());

  connection.send(
      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  const auto answers = connection.readAll();
  const auto first = answers.find("HTTP/1.1 200");
  const auto second = answers.find("HTTP/1.1 404");
  CHECK(first == 0);
  CHECK(second != std::string::npos);
  CHECK(answers.find("HTTP/1.1 200", second) != std::string::npos);
}

TEST_CASE("a client that goes away while it waits is forgotten") {
  const Daemon daemon;
  daemon.create("web");
  for (int i = 0; i < 50; ++i) {
    const RawConnection connection(daemon.api().socket());
    connection.send("GET /v1/vms/web/wait?for=running&timeout=60s HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(answersStill(daemon));
  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("three thousand connections come and go") {
  const Daemon daemon;
  for (int i = 0; i < 3000; ++i) {
    const RawConnection connection(daemon.api().socket());
    if (i % 3 == 0) connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(answersStill(daemon));
}

TEST_CASE("five hundred connections that stay open leave room for an answer") {
  const Daemon daemon;
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 500; ++i)
    idle.push_back(std::make_unique<RawConnection>(daemon.api().socket()));

  idle.resize(200);

  CHECK(answersStill(daemon));
}
