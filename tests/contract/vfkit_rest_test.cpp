// The REST server of vfkit-qemu, byte for byte what vfkit answers, over a real Unix socket with a fake machine behind.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "daemon/vfkit_qemu/rest/server.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

class FakeMachine : public Machine {
public:
  MachineState now = MachineState::Running;
  std::vector<Change> changes;

  [[nodiscard]] MachineState state() const override { return now; }
  [[nodiscard]] std::string inspect() const override { return R"({"vcpus":2})"; }
  Task<void> change(Change change) override {
    changes.push_back(change);
    if (change == Change::HardStop) co_return Error{Errc::Cancelled, "gone", {}, {}};
    if (change == Change::Pause) now = MachineState::Paused;
    if (change == Change::Resume) now = MachineState::Running;
    co_return Result<void>();
  }
};

class Fixture {
public:
  Fixture() {
    address.kind = vfkit::RestKind::Unix;
    address.path = folder_ / "vfkit.sock";
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  void open() {
    auto opened = RestServer::open(context.get_executor(), address, machine, [] { return "DATE"; });
    REQUIRE_MESSAGE(opened, opened.error().detail);
    server = *std::move(opened);
  }

  /// Everything that the server says to these bytes until it falls silent or hangs up.
  std::string exchange(const std::string& bytes) {
    auto client = connectUnix(address.path, Milliseconds(1000));
    REQUIRE(client);
    REQUIRE(::send(client->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    ::shutdown(client->get(), SHUT_WR);
    std::string said;
    hungUp = false;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!hungUp && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_one_for(std::chrono::milliseconds(10));
      char buffer[4096];
      const ssize_t count = ::recv(client->get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (count > 0) said.append(buffer, static_cast<std::size_t>(count));
      hungUp = count == 0;
    }
    return said;
  }

  std::string get(const std::string& target) { return exchange("GET " + target + " HTTP/1.1\r\nHost: any\r\n\r\n"); }
  std::string post(const std::string& body, const std::string& target = "/vm/state") {
    return exchange("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body);
  }

  net::io_context context{1};
  FakeMachine machine;
  vfkit::RestAddress address;
  std::unique_ptr<RestServer> server;
  bool hungUp = false;

private:
  test::TempDir folder_;
};

std::string json(int status, const std::string& reason, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " " + reason +
         "\r\nContent-Type: application/json; charset=utf-8\r\nDate: DATE\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string kNotFound =
    "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nDate: DATE\r\nContent-Length: 18\r\n\r\n404 page not found";
const std::string kAccepted = "HTTP/1.1 202 Accepted\r\nDate: DATE\r\nContent-Length: 0\r\n\r\n";

}  // namespace

TEST_CASE("the state is told with what is allowed in it") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.get("/vm/state") == json(200, "OK",
                                         R"({"canHardStop":true,"canPause":true,"canResume":false,"canStart":false,)"
                                         R"("canStop":true,"state":"VirtualMachineStateRunning"})"));
  fixture.machine.now = MachineState::Stopped;
  CHECK(fixture.get("/vm/state") == json(200, "OK",
                                         R"({"canHardStop":false,"canPause":false,"canResume":false,"canStart":true,)"
                                         R"("canStop":false,"state":"VirtualMachineStateStopped"})"));
}

TEST_CASE("the machine is described") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.get("/vm/inspect") == json(200, "OK", R"({"vcpus":2})"));
}

TEST_CASE("a change is accepted with an empty body") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.post(R"({"state":"Pause"})") == kAccepted);
  CHECK(fixture.post(R"({"state":"Resume"})") == kAccepted);
  CHECK(fixture.post(R"({"STATE":"Stop","other":[1]} behind)") == kAccepted);
  CHECK(fixture.machine.changes == std::vector{Change::Pause, Change::Resume, Change::Stop});
}

TEST_CASE("a hard stop drops the connection") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.post(R"({"state":"HardStop"})").empty());
  CHECK(fixture.hungUp);
}

TEST_CASE("a body that is no request is a bad one, in Go's words") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.post("") == json(400, "Bad Request", R"({"error":"EOF"})"));
  CHECK(fixture.post(R"({"state":)") == json(400, "Bad Request", R"({"error":"unexpected EOF"})"));
  CHECK(fixture.post("Stop") ==
        json(400, "Bad Request", R"({"error":"invalid character 'S' looking for beginning of value"})"));
  CHECK(fixture.post("[]") ==
        json(400, "Bad Request", R"({"error":"json: cannot unmarshal array into Go value of type define.VMState"})"));
  CHECK(fixture.post(R"({"state":7})") ==
        json(400, "Bad Request",
             R"({"error":"json: cannot unmarshal number into Go struct field VMState.state of type string"})"));
}

TEST_CASE("an unknown state is an error of the server") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.post("{}") == json(500, "Internal Server Error", R"({"error":"invalid new VMState: "})"));
  CHECK(fixture.post("null") == json(500, "Internal Server Error", R"({"error":"invalid new VMState: "})"));
  CHECK(fixture.post(R"({"state":"stop"})") ==
        json(500, "Internal Server Error", R"({"error":"invalid new VMState: stop"})"));
}

TEST_CASE("a change that the state does not allow is refused as the framework does") {
  Fixture fixture;
  fixture.open();
  fixture.machine.now = MachineState::Paused;

  const std::string answer = fixture.post(R"({"state":"Stop"})");

  CHECK(answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  CHECK(answer.find(R"({"error":"Error Domain=VZErrorDomain Code=4 Description=\")") != std::string::npos);
  CHECK(fixture.machine.changes.empty());
}

TEST_CASE("every other path or verb is not found") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.get("/") == kNotFound);
  CHECK(fixture.get("/version") == kNotFound);
  CHECK(fixture.post("{}", "/vm/inspect") == kNotFound);
  CHECK(fixture.exchange("PUT /vm/state HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") == kNotFound);
}

TEST_CASE("a slash too many is led back") {
  Fixture fixture;
  fixture.open();

  CHECK(fixture.get("/vm/state/?a=b") ==
        "HTTP/1.1 301 Moved Permanently\r\nContent-Type: text/html; charset=utf-8\r\nLocation: /vm/state?a=b\r\nDate: "
        "DATE\r\nContent-Length: 48\r\n\r\n<a href=\"/vm/state?a=b\">Moved Permanently</a>.\n\n");
  CHECK(fixture.post("{}", "/vm/state/") ==
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /vm/state\r\nDate: DATE\r\nContent-Length: 0\r\n\r\n");
  CHECK(fixture.post("{}", "/vm/inspect/") == kNotFound);
}

TEST_CASE("one connection carries several requests") {
  Fixture fixture;
  fixture.open();

  const std::string request = "GET /vm/inspect HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string answer = json(200, "OK", R"({"vcpus":2})");
  CHECK(fixture.exchange(request + request) == answer + answer);
}

TEST_CASE("a socket file that is there is an address in use, and ours goes with us") {
  Fixture fixture;
  fixture.open();

  auto second = RestServer::open(fixture.context.get_executor(), fixture.address, fixture.machine, httpDate);
  REQUIRE_FALSE(second);
  CHECK(second.error().detail == "listen unix " + fixture.address.path + ": bind: address already in use");
  fixture.server.reset();
  CHECK(::access(fixture.address.path.c_str(), F_OK) != 0);
}

TEST_CASE("the same is served on a TCP port") {
  Fixture fixture;
  fixture.address.kind = vfkit::RestKind::Tcp;
  fixture.address.host = "localhost";
  fixture.address.port = "0";
  fixture.open();

  CHECK(fixture.server->port() > 0);
}
