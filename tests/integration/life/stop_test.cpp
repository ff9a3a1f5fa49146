// The stop ladder against guests and runners that do not want to.
#include <algorithm>
#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

const Json kShort{{"stop", {{"timeout", "200ms"}}}};

Answer stop(const Daemon& daemon, const Json& body = {}) {
  return daemon.api().post("/v1/vms/web/stop", body, {{"Prefer", "wait=20"}});
}

}  // namespace

TEST_CASE("a guest that ignores the power button is ended by a hard stop") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}, {"onHardStop", "answer"}});
  daemon.createRunning("web", kShort);

  const auto stopped = stop(daemon);

  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(daemon.changesAsked() == std::vector<std::string>{"Stop", "HardStop"});
  const auto types = daemon.api().eventTypes("web");
  CHECK(contains(types, "vm.power-button"));
  CHECK(contains(types, "vm.hard-stop"));
  CHECK_FALSE(contains(types, "vm.kill"));
}

TEST_CASE("a runner that exits without answering the hard stop has obeyed") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}, {"onHardStop", "exit"}});
  daemon.createRunning("web", kShort);

  const auto stopped = stop(daemon);

  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(stopped.json().at("status").at("lastExit").at("code") == 0);
  CHECK_FALSE(contains(daemon.api().eventTypes("web"), "vm.kill"));
}

TEST_CASE("a runner that hangs on the hard stop is killed") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}, {"onHardStop", "hang"}});
  const auto runner = daemon.createRunning("web", kShort).at("status").at("runnerPid").get<int>();

  const auto stopped = stop(daemon);

  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(stopped.json().at("status").at("lastExit").at("signal") == SIGKILL);
  CHECK_FALSE(runs(runner));
  CHECK(contains(daemon.api().eventTypes("web"), "vm.kill"));
}

TEST_CASE("a stop that may not escalate times out and the VM goes on") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}});
  const auto runner = daemon.createRunning("web").at("status").at("runnerPid").get<int>();

  const auto answer = stop(daemon, {{"timeout", "200ms"}, {"escalate", false}});

  CHECK(answer.status == 504);
  CHECK(answer.json().at("code") == "timeout");
  CHECK(daemon.api().state("web") == "running");
  CHECK(runs(runner));
  CHECK(daemon.changesAsked() == std::vector<std::string>{"Stop"});
}

TEST_CASE("a kill ends the runner at once") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}, {"ignoreTerm", true}});
  daemon.createRunning("web");

  const auto killed = daemon.api().post("/v1/vms/web/kill", {}, {{"Prefer", "wait=20"}});

  REQUIRE_MESSAGE(killed.status == 200, killed.text);
  CHECK(killed.json().at("status").at("lastExit").at("signal") == SIGKILL);
  CHECK(daemon.changesAsked().empty());
}

TEST_CASE("a kill overtakes a stop that waits for the guest") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}});
  daemon.createRunning("web");
  CHECK(daemon.api().post("/v1/vms/web/stop").status == 202);
  waitUntil("the power button", [&] { return !daemon.changesAsked().empty(); });
  CHECK(daemon.api().state("web") == "stopping");

  const auto killed = daemon.api().post("/v1/vms/web/kill", {}, {{"Prefer", "wait=20"}});

  CHECK(killed.status == 200);
  CHECK(daemon.changesAsked() == std::vector<std::string>{"Stop"});
}

TEST_CASE("a stop overtakes a start that is under way") {
  const Daemon daemon;
  daemon.script({{"runningAfter", nullptr}});
  daemon.create("web", kShort);
  CHECK(daemon.api().post("/v1/vms/web/start").status == 202);
  daemon.waitForCall("start");

  const auto stopped = stop(daemon);

  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(stopped.json().at("status").at("desired") == "stopped");
  CHECK(processesNaming(daemon.runFolder() + "/").empty());
}

TEST_CASE("a start of a stopping VM is refused as busy, and names the stop") {
  const Daemon daemon;
  daemon.script({{"onStop", "ignore"}});
  daemon.createRunning("web");
  const auto stopping = daemon.api().post("/v1/vms/web/stop");

  const auto refused = daemon.api().post("/v1/vms/web/start");

  CHECK(refused.status == 409);
  CHECK(refused.json().at("code") == "busy");
  CHECK(refused.json().at("hint") == "microvmctl op wait " + stopping.json().at("id").get<std::string>());
}

TEST_CASE("a paused guest is resumed before it is asked to power off") {
  const Daemon daemon;
  daemon.script({{"state", "Paused"}});
  daemon.createRunning("web");

  const auto stopped = stop(daemon);

  CHECK(stopped.status == 200);
  CHECK(daemon.changesAsked() == std::vector<std::string>{"Resume", "Stop"});
}
