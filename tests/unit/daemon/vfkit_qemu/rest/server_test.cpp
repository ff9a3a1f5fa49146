#include "daemon/vfkit_qemu/rest/server.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/coroutines/run_task.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;
using test::runUntil;

// The answers themselves are in tests/contract/vfkit_rest_test.cpp.

namespace {

constexpr const char* kRequest = "GET /vm/inspect HTTP/1.1\r\nHost: x\r\n\r\n";

class FakeMachine : public Machine {
public:
  [[nodiscard]] MachineState state() const override { return MachineState::Running; }
  [[nodiscard]] std::string inspect() const override { return "{}"; }
  Task<void> change(Change /*change*/) override { co_return Result<void>(); }
};

class Served {
public:
  Served() {
    address.kind = vfkit::RestKind::Unix;
    address.path = folder / "rest.sock";
    auto opened = RestServer::open(context.get_executor(), address, machine, httpDate);
    REQUIRE(opened);
    server = *std::move(opened);
  }

  UniqueFd connect() {
    auto client = connectUnix(address.path, Milliseconds(1000));
    REQUIRE(client);
    return *std::move(client);
  }
  void say(const UniqueFd& client, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
      if (count < 0 && errno != EAGAIN) return;
      context.restart();
      context.poll();
    }
  }
  /// The first line of the answer; empty when the server hangs up without one.
  std::string answerTo(const UniqueFd& client, std::string_view bytes) {
    say(client, bytes);
    std::string heard;
    bool ended = false;
    runUntil(context, [&] {
      char buffer[512];
      const ssize_t count = ::recv(client.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (count > 0) heard.append(buffer, static_cast<std::size_t>(count));
      ended = count == 0 || (count < 0 && errno != EAGAIN);
      return ended || heard.find("\r\n\r\n") != std::string::npos;
    });
    return heard.substr(0, heard.find("\r\n"));
  }
  bool isHungUp(const UniqueFd& client) {
    context.restart();
    context.poll();
    char buffer[4096];
    ssize_t count = 1;
    while (count > 0)
      count = ::recv(client.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return count == 0 || errno == ECONNRESET;
  }

  test::TempDir folder;
  net::io_context context{1};
  FakeMachine machine;
  vfkit::RestAddress address;
  std::unique_ptr<RestServer> server;
};

}  // namespace

TEST_CASE("nobody listens when no address is given") {
  net::io_context context{1};
  FakeMachine machine;

  const auto server = RestServer::open(context.get_executor(), vfkit::RestAddress{}, machine, httpDate);

  REQUIRE(server);
  CHECK(*server == nullptr);
}

TEST_CASE("bytes that are no request are refused and the connection ends") {
  for (const std::string bytes : {"hello\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    Served served;
    const auto client = served.connect();

    CHECK(served.answerTo(client, bytes) == "HTTP/1.1 400 Bad Request");
    CHECK(served.isHungUp(client));
  }
}

TEST_CASE("a request that is too large is refused, not read") {
  Served served;
  const auto head = served.connect();
  const auto body = served.connect();

  CHECK(served.answerTo(head, "GET / HTTP/1.1\r\nX: " + std::string(256 * 1024, 'x')) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(served.answerTo(body, "POST /vm/state HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n") ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(served.isHungUp(head));
  CHECK(served.isHungUp(body));
}

TEST_CASE("a client that sends half a request keeps no other waiting") {
  Served served;
  const auto slow = served.connect();
  const auto quick = served.connect();
  served.say(slow, "GET /vm/ins");

  CHECK(served.answerTo(quick, kRequest) == "HTTP/1.1 200 OK");
  CHECK(served.answerTo(slow, "pect HTTP/1.1\r\nHost: x\r\n\r\n") == "HTTP/1.1 200 OK");
}

TEST_CASE("a client that goes in the middle is forgotten") {
  Served served;
  served.say(served.connect(), "POST /vm/state HTTP/1.1\r\nContent-Length: 5\r\n\r\n{");

  CHECK(served.answerTo(served.connect(), kRequest) == "HTTP/1.1 200 OK");
}

TEST_CASE("a client may ask for the connection's end") {
  Served served;
  const auto client = served.connect();

  CHECK(served.answerTo(client, "GET /vm/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "HTTP/1.1 200 OK");
  CHECK(served.isHungUp(client));
}

TEST_CASE("connections end with the server, and so does its file") {
  Served served;
  const auto client = served.connect();
  CHECK(served.answerTo(client, kRequest) == "HTTP/1.1 200 OK");

  served.server.reset();

  CHECK(served.isHungUp(client));
  CHECK_FALSE(connectUnix(served.address.path, Milliseconds(10)));
}

TEST_CASE("a port that is taken is told in Go's words") {
  net::io_context context{1};
  FakeMachine machine;
  vfkit::RestAddress address{vfkit::RestKind::Tcp, "", "127.0.0.1", "0"};
  const auto first = RestServer::open(context.get_executor(), address, machine, httpDate);
  REQUIRE(first);
  address.port = std::to_string((*first)->port());

  const auto second = RestServer::open(context.get_executor(), address, machine, httpDate);

  REQUIRE_FALSE(second);
  CHECK(second.error().detail == "listen tcp 127.0.0.1:" + address.port + ": bind: Address already in use");
}

TEST_CASE("an address that nobody can listen at is refused when the server opens") {
  net::io_context context{1};
  FakeMachine machine;
  vfkit::RestAddress address{vfkit::RestKind::Tcp, "", "127.0.0.1", "99999"};

  CHECK(RestServer::open(context.get_executor(), address, machine, httpDate).error().detail ==
        "listen tcp: address 99999: invalid port");
  address.kind = vfkit::RestKind::Nowhere;
  CHECK_FALSE(RestServer::open(context.get_executor(), address, machine, httpDate));
}

TEST_CASE("the date is told as HTTP tells it") {
  const std::string date = httpDate();

  REQUIRE(date.size() == std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
  CHECK(date.substr(3, 2) == ", ");
  CHECK(date.substr(date.size() - 4) == " GMT");
}
