// Viewers of one console: what they see of each other, who may type, and slow ones.
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/socket_viewer.hpp"

using namespace microvm::test;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

void echoing(const Daemon& daemon, const std::string& boot = "login: ") {
  daemon.script({{"console", {{"boot", boot}, {"echo", true}}}});
  daemon.createRunning("web");
}

std::string every() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes.push_back(static_cast<char>(byte));
  return bytes;
}

}  // namespace

TEST_CASE("a WebSocket carries every byte both ways") {
  const Daemon daemon;
  echoing(daemon, "");
  SocketViewer viewer(daemon.api(), "web");

  viewer.type(every().substr(0, 200));
  viewer.type(every().substr(200));
  viewer.readTo(256);

  CHECK((viewer.pieces().front().bytes == every()));
}

TEST_CASE("viewers are shown, to each other and in the VM's status") {
  const Daemon daemon;
  echoing(daemon);
  SocketViewer one(daemon.api(), "web", "label=one");
  {
    SocketViewer two(daemon.api(), "web", "label=two&mode=ro");
    while (one.await("viewers").at("count") != 2) {
    }
    waitUntil("both in the status",
              [&] { return daemon.api().vm("web").at("status").value("console", Json()).value("count", 0) == 2; });
    const auto shown = daemon.api().vm("web").at("status").at("console").at("viewers");
    CHECK(shown.at(0).at("label") == "one");
    CHECK(shown.at(0).at("id") == one.id());
    CHECK(shown.at(1).at("mode") == "ro");
  }

  while (one.await("viewers").at("count") != 1) {
  }
}

TEST_CASE("an exclusive console hears its holder only, until it is taken over or left") {
  const Daemon daemon;
  echoing(daemon, "");
  SocketViewer other(daemon.api(), "web", "label=other");
  SocketViewer holder(daemon.api(), "web", "mode=exclusive&label=holder");
  CHECK(other.await("exclusive").at("viewer") == holder.id());

  CHECK_THROWS_WITH_AS(ConsoleViewer(daemon.api(), "web"), doctest::Contains("held exclusively by holder"),
                       std::runtime_error);
  CHECK_THROWS_WITH_AS(SocketViewer(daemon.api(), "web", "mode=exclusive"), doctest::Contains("409"),
                       std::runtime_error);
  other.type("lost ");
  other.say({{"type", "exclusive"}, {"wish", "take"}});
  CHECK(other.await("error").at("code") == "in-use");
  holder.type("held ");
  holder.readTo(5);
  other.say({{"type", "exclusive"}, {"wish", "take-over"}});
  CHECK(holder.await("exclusive").at("viewer") == holder.id());
  CHECK(holder.await("exclusive").at("viewer") == other.id());
  holder.type("not heard ");
  other.type("taken ");
  other.readTo(11);
  other.say({{"type", "exclusive"}, {"wish", "release"}});
  CHECK(holder.await("exclusive").at("viewer").is_null());
  holder.type("free");
  holder.readTo(15);

  CHECK(holder.pieces().front().bytes == "held taken free");
}

TEST_CASE("a viewer that stalls beyond what is kept gets a gap, says its own bytes, and holds nobody up") {
  constexpr auto kBytes = 24 * kMiB;
  const Daemon daemon;
  daemon.script({{"console", {{"pattern", kBytes}, {"patternOn", "go"}}}});
  daemon.createRunning("web", {{"console", {{"size", "1MiB"}, {"keep", 2}}}});
  SocketViewer stalled(daemon.api(), "web");
  ConsoleViewer quick(daemon.api(), "web");

  daemon.give("go");
  daemon.waitForCall("pattern");
  const auto end = quick.readUntil(consolePattern(kBytes - 32, 32)).size();
  stalled.readTo(kBytes);

  CHECK(end <= kBytes + 100 * 1024);
  CHECK(stalled.pieces().size() > 1);
  bool isTrue = true;
  for (const auto& piece : stalled.pieces())
    isTrue = isTrue && piece.bytes == consolePattern(piece.offset, piece.bytes.size());
  CHECK(isTrue);
}

TEST_CASE("a viewer with a queue is near the end again after a stall, though all is kept") {
  constexpr auto kBytes = 16 * kMiB;
  const Daemon daemon;
  daemon.script({{"console", {{"boot", "first"}, {"pattern", kBytes}, {"patternOn", "go"}}}});
  daemon.createRunning("web");
  SocketViewer viewer(daemon.api(), "web", "offset=0&queue=1048576");
  viewer.readTo(5);

  daemon.give("go");
  daemon.waitForCall("pattern");
  viewer.readTo(5 + kBytes);

  const auto& last = viewer.pieces().back();
  CHECK(viewer.pieces().size() > 1);
  CHECK(last.bytes == consolePattern(last.offset - 5, last.bytes.size()));
}

TEST_CASE("old bytes that go are an event") {
  const Daemon daemon;
  daemon.script({{"console", {{"pattern", 8 * kMiB}}}});
  daemon.createRunning("web", {{"console", {{"size", "1MiB"}, {"keep", 2}}}});
  daemon.waitForCall("pattern");

  waitUntil("the event", [&] {
    for (const auto& type : daemon.api().eventTypes("web")) {
      if (type == "vm.console-truncated") return true;
    }
    return false;
  });
}

TEST_CASE("the console's status tells its boots, and a boot can be read alone") {
  const Daemon daemon;
  echoing(daemon, "boot\n");
  for (int boot = 1; boot <= 2; ++boot) {
    waitUntil("the output",
              [&] { return consoleLog(daemon.api(), "web").end == static_cast<std::uint64_t>(5 * boot); });
    if (boot == 2) break;
    daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});
    daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
  }

  const auto status = daemon.api().get("/v1/vms/web/console/status?marks=true").json();
  CHECK(status.at("end") == 10);
  CHECK(status.at("boots").at(1).at("number") == 2);
  CHECK(status.at("boots").at(1).at("offset") == 5);
  CHECK(status.at("marks").size() == 2);
  CHECK(daemon.api().get("/v1/vms/web/console/log?boot=-1").text == "boot\n");
  CHECK(daemon.api().get("/v1/vms/web/console/log?since=1h").text == "boot\nboot\n");
  CHECK(daemon.api().get("/v1/vms/web/console/log?until=1h").text.empty());
}

TEST_CASE("two hundred viewers at once") {
  const Daemon daemon;
  echoing(daemon);
  std::vector<ConsoleViewer> viewers;
  for (int i = 0; i < 200; ++i)
    viewers.emplace_back(daemon.api(), "web");

  viewers.front().type("to all\n");

  for (auto& viewer : viewers)
    CHECK(viewer.readUntil("to all\n") == "login: to all\n");
}
