// The console: a log with offsets, and viewers that come and go.
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

namespace {

/// A runner that prints this and gives back what is typed.
void echoing(const Daemon& daemon, const std::string& boot = "login: ") {
  daemon.script({{"console", {{"boot", boot}, {"echo", true}}}});
}

}  // namespace

TEST_CASE("what the guest prints first is in the log from offset 0") {
  const Daemon daemon;
  echoing(daemon);
  daemon.createRunning("web");

  ConsoleViewer viewer(daemon.api(), "web");

  CHECK(viewer.offset() == 0);
  CHECK(viewer.readUntil("login: ") == "login: ");
}

TEST_CASE("two viewers see the same bytes, whoever types") {
  const Daemon daemon;
  echoing(daemon);
  daemon.createRunning("web");
  ConsoleViewer one(daemon.api(), "web");
  ConsoleViewer two(daemon.api(), "web");

  one.type("from one\n");
  one.readUntil("from one\n");
  two.type("from two\n");

  CHECK(one.readUntil("from two\n") == "login: from one\nfrom two\n");
  CHECK(two.readUntil("from two\n") == "login: from one\nfrom two\n");
}

TEST_CASE("no byte is changed on its way to the guest and back") {
  const Daemon daemon;
  echoing(daemon, "");
  daemon.createRunning("web");
  std::string every;
  for (int byte = 0; byte < 256; ++byte)
    every.push_back(static_cast<char>(byte));

  ConsoleViewer viewer(daemon.api(), "web");
  viewer.type(every);

  CHECK((viewer.readBytes(256) == every));
}

TEST_CASE("a viewer that looks on cannot type") {
  const Daemon daemon;
  echoing(daemon);
  daemon.createRunning("web");
  ConsoleViewer onlooker(daemon.api(), "web", "offset=0&mode=ro");
  ConsoleViewer typist(daemon.api(), "web");

  ::send(onlooker.fd(), "ignored\n", 8, MSG_NOSIGNAL);
  typist.type("typed\n");

  CHECK(typist.readUntil("typed\n") == "login: typed\n");
}

TEST_CASE("a viewer that comes back goes on where it was") {
  const Daemon daemon;
  echoing(daemon);
  daemon.createRunning("web");
  {
    ConsoleViewer first(daemon.api(), "web");
    first.readUntil("login: ");
  }
  ConsoleViewer other(daemon.api(), "web");
  other.type("meanwhile\n");
  other.readUntil("meanwhile\n");

  ConsoleViewer back(daemon.api(), "web", "offset=7");

  CHECK(back.offset() == 7);
  CHECK(back.readUntil("\n") == "meanwhile\n");
}

TEST_CASE("a tail gives the last bytes") {
  const Daemon daemon;
  echoing(daemon, "0123456789");
  daemon.createRunning("web");
  waitUntil("the output", [&] { return consoleLog(daemon.api(), "web").end == 10; });

  CHECK(daemon.api().get("/v1/vms/web/console/log?tail=4").text == "6789");
  CHECK(ConsoleViewer(daemon.api(), "web", "tail=3").offset() == 7);
}

TEST_CASE("a range of the log is answered as a range") {
  const Daemon daemon;
  echoing(daemon, "0123456789");
  daemon.createRunning("web");
  waitUntil("the output", [&] { return consoleLog(daemon.api(), "web").end == 10; });

  const auto part = daemon.api().get("/v1/vms/web/console/log", {{"Range", "bytes=2-5"}});
  CHECK(part.status == 206);
  CHECK(part.text == "2345");
  const auto beyond = daemon.api().get("/v1/vms/web/console/log", {{"Range", "bytes=100-"}});
  CHECK(beyond.status == 416);
  CHECK(beyond.json().at("hint").get<std::string>().starts_with("ask for a byte from 0 on"));
  for (const char* query : {"tail=5", "follow=1", "offset=3", "since=1h"}) {
    CAPTURE(query);
    const auto refused = daemon.api().get(std::string("/v1/vms/web/console/log?") + query, {{"Range", "bytes=2-5"}});
    CHECK(refused.status == 400);
    CHECK(!refused.json().at("hint").get<std::string>().empty());
  }
}

TEST_CASE("a followed log ends when the VM stops, with its last byte") {
  const Daemon daemon;
  daemon.script({{"console", {{"boot", "hello\n"}, {"pattern", 4096}, {"patternOn", "go"}}}});
  daemon.createRunning("web");
  auto stream = daemon.api().open("/v1/vms/web/console/log?offset=0&follow=true");
  daemon.give("go");
  daemon.waitForCall("pattern");

  daemon.api().post("/v1/vms/web/stop");

  CHECK((must(stream.readAll(kPatience, 1 << 20)) == "hello\n" + consolePattern(0, 4096)));
}

TEST_CASE("a viewer's connection ends when the VM stops") {
  const Daemon daemon;
  echoing(daemon);
  daemon.createRunning("web");
  ConsoleViewer viewer(daemon.api(), "web");
  viewer.readUntil("login: ");

  daemon.api().post("/v1/vms/web/stop");

  CHECK(viewer.readToEnd() == "login: ");
}

TEST_CASE("the log of a stopped VM is still there and goes on with the next start") {
  const Daemon daemon;
  echoing(daemon, "boot\n");
  daemon.createRunning("web");
  waitUntil("the output", [&] { return consoleLog(daemon.api(), "web").end == 5; });
  daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});
  CHECK(consoleLog(daemon.api(), "web").bytes == "boot\n");

  daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
  waitUntil("the second boot's output", [&] { return consoleLog(daemon.api(), "web").end == 10; });

  CHECK(consoleLog(daemon.api(), "web").bytes == "boot\nboot\n");
}

TEST_CASE("a stopped VM has no console to attach to") {
  const Daemon daemon;
  daemon.create("web");

  const auto upgrade = daemon.api().get("/v1/vms/web/console", {{"Connection", "Upgrade"}, {"Upgrade", "microvm-raw"}});
  CHECK(upgrade.status == 409);
  CHECK(upgrade.json().at("code") == "wrong-state");
  CHECK(daemon.api().get("/v1/vms/web/console").status == 426);
}

TEST_CASE("a guest that neither prints nor reads hinders nobody") {
  const Daemon daemon;
  daemon.script({{"console", {{"stall", true}}}});
  daemon.createRunning("web");
  ConsoleViewer viewer(daemon.api(), "web");

  const std::string much(256 * 1024, 'x');
  ::send(viewer.fd(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);

  CHECK(daemon.api().get("/v1/vms").status == 200);
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
}
