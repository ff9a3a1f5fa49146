#include "client/cli/console/session.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sys/socket.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "api/http/codec.hpp"
#include "api/http/websocket.hpp"
#include "tests/support/daemon_double/daemon_double.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::cli;

namespace {

struct Pty {
  UniqueFd master;
  UniqueFd slave;

  Pty() {
    master.reset(::posix_openpt(O_RDWR | O_NOCTTY));
    REQUIRE(::grantpt(master.get()) == 0);
    REQUIRE(::unlockpt(master.get()) == 0);
    slave.reset(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY));
    REQUIRE(slave.get() >= 0);
  }
  [[nodiscard]] bool isCooked() const {
    constexpr tcflag_t kCooked = ICANON | ECHO | ISIG;
    termios modes{};
    ::tcgetattr(slave.get(), &modes);
    return (modes.c_lflag & kCooked) == kCooked;
  }
};

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;

  Pipe() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
};

void put(int fd, std::string_view text) {
  CHECK(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

// Reads until `text` has come.
void await(int fd, const std::string& text) {
  std::string seen;
  while (seen.find(text) == std::string::npos) {
    std::array<char, 256> piece;
    const auto count = ::read(fd, piece.data(), piece.size());
    if (count <= 0) break;
    seen.append(piece.data(), static_cast<std::size_t>(count));
  }
  CHECK(seen.find(text) != std::string::npos);
}

std::string readAll(int fd) {
  std::string all;
  std::array<char, 256> piece;
  for (ssize_t count = 0; (count = ::read(fd, piece.data(), piece.size())) > 0;)
    all.append(piece.data(), static_cast<std::size_t>(count));
  return all;
}

std::string upgraded(std::uint64_t offset) {
  http::Response answer;
  answer.status = 101;
  answer.headers.set("Connection", "Upgrade");
  answer.headers.set("Upgrade", "microvm-raw");
  answer.headers.set("Microvm-Console-Offset", std::to_string(offset));
  return http::serializeHead(answer);
}

struct Fixture {
  test::TempDir folder;
  DaemonDouble daemon{folder.path() + "/api.sock"};
  client::Client client{daemon.socketPath()};
  Result<SessionResult> result;

  // A guest that says "ready" and what it is told, until the client goes or it is told to halt.
  void serveGuest() {
    daemon.onRaw("GET /v1/vms/web/console", [](const http::Request&, int socket) {
      put(socket, upgraded(0) + "ready");
      std::array<char, 256> piece;
      for (ssize_t count = 0; (count = ::read(socket, piece.data(), piece.size())) > 0;) {
        const std::string said(piece.data(), static_cast<std::size_t>(count));
        if (said.find("halt") != std::string::npos) return;
        put(socket, "[" + said + "]");
      }
    });
    daemon.on("GET /v1/vms/web", 200, vmJson("web", "stopped"));
  }

  SessionOptions options(int in, int out) {
    SessionOptions made;
    made.vm = "web";
    made.detachKeys = *DetachKeys::parse("^]");
    made.in = in;
    made.out = out;
    made.note = [](std::string_view) {};
    return made;
  }

  std::thread start(SessionOptions made) {
    auto moved = std::make_shared<SessionOptions>(std::move(made));
    return std::thread([this, moved] { result = runConsole(client, std::move(*moved)); });
  }
};

}  // namespace

TEST_CASE("the terminal is raw while attached and as it was after the keys that detach") {
  Fixture f;
  f.serveGuest();
  const Pty pty;
  auto session = f.start(f.options(pty.slave.get(), pty.slave.get()));
  await(pty.master.get(), "ready");
  const bool cookedMeanwhile = pty.isCooked();
  put(pty.master.get(), "ls\x03");
  await(pty.master.get(), "[ls\x03]");
  put(pty.master.get(), "\x1d");

  session.join();

  CHECK_FALSE(cookedMeanwhile);
  CHECK(pty.isCooked());
  REQUIRE(f.result);
  CHECK(f.result->end == SessionEnd::Detached);
}

TEST_CASE("the terminal is as it was after the VM has ended") {
  Fixture f;
  f.serveGuest();
  const Pty pty;
  auto session = f.start(f.options(pty.slave.get(), pty.slave.get()));
  await(pty.master.get(), "ready");
  put(pty.master.get(), "halt");

  session.join();

  CHECK(pty.isCooked());
  REQUIRE(f.result);
  CHECK(f.result->end == SessionEnd::VmEnded);
}

TEST_CASE("the terminal is as it was after a signal that ends the program") {
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGQUIT}) {
    Fixture f;
    f.serveGuest();
    const Pty pty;
    auto session = f.start(f.options(pty.slave.get(), pty.slave.get()));
    await(pty.master.get(), "ready");
    ::kill(::getpid(), signal);

    session.join();

    CHECK(pty.isCooked());
    REQUIRE(f.result);
    CHECK(f.result->end == SessionEnd::Interrupted);
    CHECK(f.result->signal == signal);
  }
}

TEST_CASE("the terminal is never touched when attaching is refused") {
  Fixture f;
  const Pty pty;

  const auto result = runConsole(f.client, f.options(pty.slave.get(), pty.slave.get()));

  REQUIRE_FALSE(result);
  CHECK(result.error().code == Errc::NotFound);
  CHECK(pty.isCooked());
}

TEST_CASE("a watcher's keys go nowhere but the detach keys work") {
  Fixture f;
  f.serveGuest();
  const Pty pty;
  auto options = f.options(pty.slave.get(), pty.slave.get());
  options.request.access = client::ConsoleAccess::ReadOnly;
  auto session = f.start(std::move(options));
  await(pty.master.get(), "ready");
  put(pty.master.get(), "halt\x1d");

  session.join();

  REQUIRE(f.result);
  CHECK(f.result->end == SessionEnd::Detached);
}

TEST_CASE("input from a pipe is sent to its end and output goes on") {
  Fixture f;
  f.serveGuest();
  Pipe in;
  Pipe out;
  auto options = f.options(in.reading.get(), out.writing.get());
  options.until = *Pattern::compile("--until", "\\[uname\\]");
  put(in.writing.get(), "uname");
  in.writing.reset();

  const auto result = runConsole(f.client, std::move(options));

  out.writing.reset();
  REQUIRE(result);
  CHECK(result->end == SessionEnd::Matched);
  CHECK(readAll(out.reading.get()) == "ready[uname]");
}

TEST_CASE("a time limit ends the session") {
  Fixture f;
  f.serveGuest();
  Pipe in;
  Pipe out;
  auto options = f.options(in.reading.get(), out.writing.get());
  options.limit = Milliseconds(100);

  const auto result = runConsole(f.client, std::move(options));

  REQUIRE(result);
  CHECK(result->end == SessionEnd::LimitPassed);
}

TEST_CASE("a reader that goes away ends the session") {
  Fixture f;
  f.serveGuest();
  Pipe in;
  Pipe out;
  out.reading.reset();
  std::signal(SIGPIPE, SIG_IGN);

  const auto result = runConsole(f.client, f.options(in.reading.get(), out.writing.get()));

  REQUIRE(result);
  CHECK(result->end == SessionEnd::OutputGone);
}

TEST_CASE("an output that refuses ends the session with its errno") {
  Fixture f;
  f.serveGuest();
  const Pipe in;
  const UniqueFd out(::open("/dev/null", O_RDONLY));

  const auto result = runConsole(f.client, f.options(in.reading.get(), out.get()));

  REQUIRE(result);
  CHECK(result->end == SessionEnd::OutputGone);
  CHECK(result->outputError == EBADF);
}

TEST_CASE("a connection that breaks while the VM runs is taken up where it broke") {
  Fixture f;
  std::atomic<int> attached = 0;
  f.daemon.onRaw("GET /v1/vms/web/console", [&](const http::Request& request, int socket) {
    const bool first = attached++ == 0;
    CHECK((request.target.find("offset=3") == std::string::npos) == first);
    put(socket, first ? upgraded(0) + "abc" : upgraded(3) + "def");
  });
  f.daemon.on("GET /v1/vms/web", [&](const http::Request&) {
    http::Response response;
    response.body = vmJson("web", attached < 2 ? "running" : "stopped");
    return response;
  });
  Pipe in;
  Pipe out;

  const auto result = runConsole(f.client, f.options(in.reading.get(), out.writing.get()));

  out.writing.reset();
  REQUIRE(result);
  CHECK(result->end == SessionEnd::VmEnded);
  CHECK(result->offset == 6);
  CHECK(readAll(out.reading.get()) == "abcdef");
}

namespace {

std::string socketUpgraded(const http::Request& request, std::uint64_t offset) {
  http::Response answer;
  answer.status = 101;
  answer.headers.set("Connection", "Upgrade");
  answer.headers.set("Upgrade", "websocket");
  answer.headers.set("Sec-WebSocket-Accept",
                     http::webSocketAccept(request.headers.find("Sec-WebSocket-Key").value_or("")));
  answer.headers.set("Microvm-Console-Offset", std::to_string(offset));
  return http::serializeHead(answer);
}

constexpr http::WebSocketEncoder kServer(http::WebSocketRole::Server);

/// The next binary message of the client.
std::string hear(int socket) {
  http::WebSocketDecoder decoder(http::WebSocketRole::Server);
  std::array<char, 4096> piece;
  for (ssize_t count = 0; (count = ::read(socket, piece.data(), piece.size())) > 0;) {
    decoder.append(std::string_view(piece.data(), static_cast<std::size_t>(count)));
    for (auto event = decoder.next(); event && *event; event = decoder.next()) {
      if ((*event)->kind == http::WebSocketEvent::Kind::Binary) return (*event)->payload;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("over a WebSocket bytes pass untouched both ways, and what else is told is said") {
  Fixture f;
  f.daemon.onRaw("GET /v1/vms/web/console", [](const http::Request& request, int socket) {
    put(socket,
        socketUpgraded(request, 5) + kServer.text(R"({"type":"offset","offset":5,"viewer":2})") +
            kServer.text(
                R"({"type":"viewers","count":2,"viewers":[{"id":1,"mode":"rw","label":"anna"},{"id":2,"mode":"rw","label":"me"}]})") +
            kServer.text(R"({"type":"exclusive","viewer":1})") + kServer.binary("\xff\x01") + kServer.ping("x") +
            kServer.text(R"({"type":"gap","from":7,"to":9})") + kServer.binary("z"));
    put(socket, kServer.binary("<" + hear(socket) + ">") + kServer.close(1000, ""));
  });
  f.daemon.on("GET /v1/vms/web", 200, vmJson("web", "stopped"));
  const Pipe in;
  const Pipe out;
  std::vector<std::string> notes;
  auto options = f.options(in.reading.get(), out.writing.get());
  options.note = [&](std::string_view note) { notes.emplace_back(note); };
  put(in.writing.get(), "typed");
  auto session = f.start(std::move(options));

  session.join();

  REQUIRE(f.result);
  CHECK(f.result->end == SessionEnd::VmEnded);
  CHECK(f.result->offset == 17);
  CHECK(notes == std::vector<std::string>{"also attached: anna (rw)",
                                          "anna has the console exclusively: what is typed here goes nowhere",
                                          "2 bytes of output were skipped"});
  std::array<char, 64> piece;
  const auto count = ::read(out.reading.get(), piece.data(), piece.size());
  CHECK(std::string(piece.data(), static_cast<std::size_t>(count)) == "\xff\x01z<typed>");
}

TEST_CASE("who has lost an exclusive console attaches again without") {
  Fixture f;
  std::vector<std::string> targets;
  f.daemon.onRaw("GET /v1/vms/web/console", [&](const http::Request& request, int socket) {
    targets.push_back(request.target);
    put(socket, socketUpgraded(request, 0) + kServer.text(R"({"type":"offset","offset":0,"viewer":2})"));
    if (targets.size() > 1) return;
    put(socket, kServer.text(R"({"type":"exclusive","viewer":2})") +
                    kServer.text(R"({"type":"exclusive","viewer":1})") +
                    kServer.text(R"({"type":"exclusive","viewer":null})"));
  });
  f.daemon.on("GET /v1/vms/web", [&](const http::Request&) {
    http::Response response;
    response.body = vmJson("web", targets.size() < 2 ? "running" : "stopped");
    return response;
  });
  Pipe in;
  Pipe out;
  auto options = f.options(in.reading.get(), out.writing.get());
  options.request.access = client::ConsoleAccess::Exclusive;
  options.request.takeOver = true;

  const auto result = runConsole(f.client, std::move(options));

  REQUIRE(result);
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].find("mode=exclusive") != std::string::npos);
  CHECK(targets[1].find("mode=exclusive") == std::string::npos);
  CHECK(targets[1].find("takeOver") == std::string::npos);
}

TEST_CASE("a session is recorded") {
  Fixture f;
  f.serveGuest();
  const Pipe in;
  const Pipe out;
  auto options = f.options(in.reading.get(), out.writing.get());
  options.record = f.folder.path() + "/a.cast";
  put(in.writing.get(), "halt");
  auto session = f.start(std::move(options));
  session.join();

  REQUIRE(f.result);
  const auto recorded = readFile(f.folder.path() + "/a.cast", 4096).value_or("");
  CHECK(recorded.find("{\"version\":2,\"width\":80,\"height\":24,") == 0);
  CHECK(recorded.find("\"o\", \"ready") != std::string::npos);
}

TEST_CASE("a recording that cannot be made is refused before anything is attached") {
  Fixture f;
  const Pipe in;
  auto options = f.options(in.reading.get(), in.writing.get());
  options.record = "/nowhere/a.cast";
  auto session = f.start(std::move(options));
  session.join();

  REQUIRE_FALSE(f.result);
  CHECK(f.result.error().detail.find("/nowhere/a.cast") != std::string::npos);
  CHECK(f.daemon.asked().empty());
}
