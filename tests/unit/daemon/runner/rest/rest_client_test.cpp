#include "daemon/runner/rest/rest_client.hpp"

#include <doctest/doctest.h>

#include "tests/unit/daemon/runner/rest/rest_server.hpp"

using namespace microvm;

TEST_CASE("an exchange tells whether the request went out") {
  RestServer server;

  const auto unsent = server.run(exchange("/nowhere/s", http::Request{}, Milliseconds(1000)));
  const auto lost = server.run("", exchange(server.path(), http::Request{}, Milliseconds(1000)));

  CHECK(unsent.reached == ExchangeEnd::NotSent);
  CHECK(unsent.response.error().code == Errc::Unreachable);
  CHECK(lost.reached == ExchangeEnd::Sent);
  CHECK(lost.response.error().code == Errc::Unreachable);
}

TEST_CASE("a body that ends with the connection is whole") {
  RestServer server;

  const auto done =
      server.run("HTTP/1.1 200 OK\r\n\r\nbody", exchange(server.path(), http::Request{}, Milliseconds(5000)));

  REQUIRE(done.response);
  CHECK(done.response->body == "body");
}

TEST_CASE("the NUL that krunkit ends its answers with is none of the body") {
  RestServer server;
  const std::string body = R"({"state": "VirtualMachineStateRunning"})";

  const auto done =
      server.run("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body + std::string(1, '\0'),
                 exchange(server.path(), http::Request{}, Milliseconds(5000)));
  const auto empty = server.run(std::string("HTTP/1.1 200 OK\r\n\r\n\0", 20),
                                exchange(server.path(), http::Request{}, Milliseconds(5000)));

  REQUIRE(done.response);
  CHECK(done.response->body == body);
  REQUIRE(empty.response);
  CHECK(empty.response->body.empty());
}

TEST_CASE("a body that is cut short is not taken for whole") {
  RestServer server;
  const std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody";

  const auto done = server.run(cut, exchange(server.path(), http::Request{}, Milliseconds(5000)));

  CHECK_FALSE(done.response);
}
