// The first promise: kill the daemon at any instant, and nothing is lost.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/vm_answers.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

std::uint64_t consoleBytesOnDisk(const Daemon& daemon, const std::string& id) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(daemon.stateFolderOf(id) + "/console"))
    bytes += entry.file_size();
  return bytes;
}

}  // namespace

TEST_CASE("a VM outlives a killed daemon and is adopted with the same runner") {
  Daemon daemon;
  const auto before = daemon.createRunning("web");

  daemon.kill9();
  CHECK(runs(runnerOf(before)));
  daemon.start();

  const auto after = daemon.api().vm("web");
  CHECK(after.at("status").at("state") == "running");
  CHECK(after.at("status").at("runnerPid") == before.at("status").at("runnerPid"));
  CHECK(after.at("status").at("startedAt") == before.at("status").at("startedAt"));
  CHECK(daemon.calls("start").size() == 1);
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("the console log is complete over a killed daemon") {
  constexpr std::uint64_t kBytes = 1024 * 1024;
  Daemon daemon;
  daemon.script({{"console", {{"pattern", kBytes}, {"perMillisecond", 512}}}});
  const auto id = idOf(daemon.createRunning("web"));
  waitUntil("some output", [&] { return consoleBytesOnDisk(daemon, id) > kBytes / 8; });

  daemon.kill9();
  const auto atKill = consoleBytesOnDisk(daemon, id);
  waitUntil("output without a daemon", [&] { return consoleBytesOnDisk(daemon, id) > atKill + kBytes / 4; });
  daemon.start();
  daemon.waitForCall("pattern");
  waitUntil("the last byte", [&] { return consoleLog(daemon.api(), "web").end >= kBytes; });

  const auto log = consoleLog(daemon.api(), "web");
  CHECK(log.start == 0);
  CHECK(log.end == kBytes);
  CHECK((log.bytes == consolePattern(0, kBytes)));
}

TEST_CASE("a stop that a killed daemon had begun is finished by the next one") {
  Daemon daemon;
  daemon.script({{"onStop", "ignore"}});
  const auto runner = runnerOf(daemon.createRunning("web", {{"stop", {{"timeout", "2s"}}}}));
  daemon.api().post("/v1/vms/web/stop");
  waitUntil("the power button", [&] { return !daemon.changesAsked().empty(); });

  daemon.kill9();
  CHECK(runs(runner));
  daemon.start();

  daemon.api().waitFor("web", "stopped");
  CHECK_FALSE(runs(runner));
}

TEST_CASE("a start that a killed daemon had begun is finished by the next one") {
  Daemon daemon;
  daemon.script({{"runningAfter", 1500}});
  daemon.create("web");
  daemon.api().post("/v1/vms/web/start");
  daemon.waitForCall("start");

  daemon.kill9();
  daemon.start();

  daemon.api().waitFor("web", "running");
  CHECK(daemon.calls("start").size() == 1);
}

TEST_CASE("a runner that ended while no daemon was there leaves a stopped VM with its exit") {
  Daemon daemon;
  daemon.script({{"end", {{"on", "crash"}, {"code", 3}, {"stderr", "out of luck\n"}}}});
  const auto before = daemon.createRunning("web");

  daemon.kill9();
  daemon.give("crash");
  waitUntil("the runner and its shim to end", [&] { return !runs(runnerOf(before)) && !runs(shimOf(before)); });
  daemon.start();

  const auto status = daemon.api().vm("web").at("status");
  CHECK(status.at("state") == "stopped");
  CHECK(status.at("lastExit").at("code") == 3);
  CHECK(status.at("reason").get<std::string>().find("out of luck") != std::string::npos);
}

TEST_CASE("a runner that dies by a signal leaves a stopped VM that says so") {
  const Daemon daemon;
  daemon.script({{"end", {{"on", "crash"}, {"signal", SIGSEGV}}}});
  daemon.createRunning("web");

  daemon.give("crash");
  const auto status = daemon.api().waitFor("web", "stopped").at("status");

  CHECK(status.at("lastExit").at("signal") == SIGSEGV);
  CHECK(daemon.api().lastEvent("web", "vm.stopped").at("cause") == "runner");
}

TEST_CASE("a runner killed from outside is noticed and can be started again") {
  const Daemon daemon;
  const auto runner = runnerOf(daemon.createRunning("web"));

  killProcess(runner, SIGKILL);
  CHECK(daemon.api().waitFor("web", "stopped").at("status").at("lastExit").at("signal") == SIGKILL);

  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("after its shim was killed a VM is stopped, and no runner is left") {
  const Daemon daemon;
  const auto before = daemon.createRunning("web", kShort);

  killProcess(shimOf(before), SIGKILL);
  daemon.api().waitFor("web", "stopped");

  waitUntil("the runner to end", [&] { return !runs(runnerOf(before)); });
  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("a daemon that is asked to end leaves its VMs running") {
  Daemon daemon;
  const auto runner = runnerOf(daemon.createRunning("web"));

  const auto ended = daemon.terminate();
  CHECK(ended.code == 0);
  CHECK(runs(runner));
  daemon.start();

  CHECK(runnerOf(daemon.api().vm("web")) == runner);
}

TEST_CASE("definitions and events outlive ten killed daemons") {
  Daemon daemon;
  for (int round = 0; round < 10; ++round) {
    daemon.create("vm" + std::to_string(round));
    daemon.kill9();
    daemon.start();
  }

  CHECK(daemon.api().get("/v1/vms").json().at("items").size() == 10);
  const auto events = daemon.api().get("/v1/events").json().at("items");
  const auto created =
      std::count_if(events.begin(), events.end(), [](const Json& e) { return e.at("type") == "vm.created"; });
  CHECK(created == 10);
}
