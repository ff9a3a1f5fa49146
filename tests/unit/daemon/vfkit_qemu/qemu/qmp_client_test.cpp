#include "daemon/vfkit_qemu/qemu/qmp_client.hpp"

#include <memory>
#include <optional>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;
using test::runTask;
using test::runUntil;
using test::Started;

namespace {

constexpr Milliseconds kLong{20'000};
constexpr Milliseconds kShort{20};
constexpr const char* kGreeting = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

/// QEMU's end of the monitor, and a client at ours.
class Monitor {
public:
  Monitor() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    qemu.reset(fds[0]);
    client = std::make_unique<QmpClient>(context.get_executor(), UniqueFd(fds[1]),
                                         [this](const std::string& event) { events.push_back(event); });
  }

  /// In pieces when the socket is full: the client reads in between.
  void say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(qemu.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) {
        text.remove_prefix(static_cast<std::size_t>(count));
      } else if (client->isClosed()) {
        return;
      }
      context.restart();
      context.poll();
    }
  }
  /// The next command that the client sends, with its line end.
  std::string heard() {
    std::string line;
    runUntil(context, [&] {
      char c = 0;
      while (::recv(qemu.get(), &c, 1, MSG_DONTWAIT) == 1) {
        line += c;
        if (c == '\n') return true;
      }
      return false;
    });
    return line;
  }
  void hangUp() { qemu.reset(); }

  net::io_context context{1};
  UniqueFd qemu;
  std::vector<std::string> events;
  std::unique_ptr<QmpClient> client;
};

/// Nothing for success, else the error's kind.
std::optional<Errc> codeOf(const Result<void>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

}  // namespace

TEST_CASE("a greeting is answered by leaving the negotiation") {
  Monitor monitor;
  Started<Result<void>> shaken(monitor.context, monitor.client->handshake(kLong));

  monitor.say(kGreeting);
  CHECK(monitor.heard() == "{\"execute\":\"qmp_capabilities\",\"id\":0}\n");
  monitor.say("{\"return\": {}, \"id\": 0}\r\n");

  CHECK(shaken.finish());
}

TEST_CASE("a greeting may come byte by byte") {
  Monitor monitor;
  Started<Result<void>> shaken(monitor.context, monitor.client->handshake(kLong));

  for (char c : std::string(kGreeting))
    monitor.say(std::string(1, c));
  monitor.heard();
  monitor.say("{\"return\": {}, \"id\": 0}\r\n");

  CHECK(shaken.finish());
}

TEST_CASE("a QEMU that hangs up before its greeting is unreachable") {
  Monitor monitor;
  Started<Result<void>> shaken(monitor.context, monitor.client->handshake(kLong));

  monitor.hangUp();

  CHECK(codeOf(shaken.finish()) == Errc::Unreachable);
  CHECK(monitor.client->isClosed());
}

TEST_CASE("a QEMU that says nothing is waited for in vain") {
  Monitor monitor;

  const auto shaken = runTask(monitor.context, monitor.client->handshake(kShort));

  CHECK(codeOf(shaken) == Errc::Timeout);
}

TEST_CASE("what is not QMP ends the conversation") {
  for (const std::string garbage : {"hello\n", "[]\n", "{\"QMP\": \n", "\"text\"\n", "\x01\xff\xfe\n"}) {
    Monitor monitor;
    Started<Result<void>> shaken(monitor.context, monitor.client->handshake(kLong));

    monitor.say(garbage);

    CHECK(codeOf(shaken.finish()) == Errc::Protocol);
    CHECK(monitor.client->isClosed());
  }
}

TEST_CASE("a line without end is not read to its end") {
  Monitor monitor;
  Started<Result<void>> shaken(monitor.context, monitor.client->handshake(kLong));

  monitor.say(std::string(4 * 1024 * 1024, ' '));

  CHECK(codeOf(shaken.finish()) == Errc::Protocol);
}

TEST_CASE("a refusal has QEMU's words") {
  Monitor monitor;
  Started<Result<void>> asked(monitor.context, monitor.client->execute("cont", kLong));

  CHECK(monitor.heard() == "{\"execute\":\"cont\",\"id\":0}\n");
  monitor.say("{\"id\": 0, \"error\": {\"class\": \"GenericError\", \"desc\": \"disk full\"}}\n");

  const auto result = asked.finish();
  CHECK(codeOf(result) == Errc::RunnerFailed);
  CHECK(result.error().detail == "disk full");
}

TEST_CASE("a refusal in an odd form is a refusal") {
  for (const std::string error : {"7", "{}", "{\"desc\": 7}", "[1]", "null"}) {
    Monitor monitor;
    Started<Result<void>> asked(monitor.context, monitor.client->execute("cont", kLong));
    monitor.heard();

    monitor.say("{\"id\": 0, \"error\": " + error + "}\n");

    const auto result = asked.finish();
    CHECK(codeOf(result) == Errc::RunnerFailed);
    CHECK(result.error().detail == "no reason given");
  }
}

TEST_CASE("commands that overlap each find their own answer") {
  Monitor monitor;
  Started<Result<void>> first(monitor.context, monitor.client->execute("stop", kLong));
  Started<Result<void>> second(monitor.context, monitor.client->execute("cont", kLong));
  monitor.heard();
  monitor.heard();

  monitor.say("{\"id\": 1, \"return\": {}}\n{\"id\": 0, \"error\": {\"desc\": \"no\"}}\n");

  CHECK(second.finish());
  CHECK(codeOf(first.finish()) == Errc::RunnerFailed);
}

TEST_CASE("events come between answers") {
  Monitor monitor;
  Started<Result<void>> asked(monitor.context, monitor.client->execute("stop", kLong));
  monitor.heard();

  monitor.say(
      "{\"event\": \"STOP\", \"data\": {}}\n\n{\"return\": {}, \"id\": 0}\n{\"event\": \"RESUME\"}\n{\"event\": 7}\n");

  CHECK(asked.finish());
  CHECK(monitor.events == std::vector<std::string>{"STOP", "RESUME"});
}

TEST_CASE("an answer that comes too late is nobody's") {
  Monitor monitor;
  const auto late = runTask(monitor.context, monitor.client->execute("stop", kShort));
  CHECK(late.error().detail == "QEMU did not answer stop in time");
  Started<Result<void>> next(monitor.context, monitor.client->execute("cont", kLong));
  monitor.heard();
  CHECK(monitor.heard() == "{\"execute\":\"cont\",\"id\":1}\n");

  monitor.say("{\"return\": {}, \"id\": 0}\n{\"return\": {}, \"id\": \"1\"}\n{\"return\": {}, \"id\": 77}\n");
  CHECK_FALSE(next.hasEnded());
  monitor.say("{\"return\": {}, \"id\": 1}\n");

  CHECK(next.finish());
}

TEST_CASE("a QEMU that hangs up answers no command, now or later") {
  Monitor monitor;
  Started<Result<void>> asked(monitor.context, monitor.client->execute("quit", kLong));
  monitor.heard();

  monitor.hangUp();

  CHECK(codeOf(asked.finish()) == Errc::Unreachable);
  CHECK(codeOf(runTask(monitor.context, monitor.client->execute("quit", kLong))) == Errc::Unreachable);
}

TEST_CASE("a client may go while its reading loop runs") {
  Monitor monitor;
  monitor.say(kGreeting);

  monitor.client.reset();
  monitor.context.restart();
  monitor.context.poll();

  char c = 0;
  CHECK(::recv(monitor.qemu.get(), &c, 1, MSG_DONTWAIT) == 0);
}
