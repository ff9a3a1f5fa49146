// Restart policy, operations, pause and restart, the black box and the runner's own socket, through the real daemon and
// shim.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

namespace {

const HeaderList kWait{{"Prefer", "wait=20"}};

std::string stateOf(const Answer& answer) {
  return answer.json().at("status").at("state");
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

TEST_CASE("an action answers with its operation, which can be waited for and is listed") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.create("web");

  const auto accepted = api.post("/v1/vms/web/start");

  REQUIRE_MESSAGE(accepted.status == 202, accepted.text);
  const auto id = accepted.json().at("id").get<std::string>();
  CHECK(accepted.header("Location") == "/v1/operations/" + id);
  const auto ended = api.get("/v1/operations/" + id + "/wait?timeout=20s");
  CHECK(ended.json().at("state") == "succeeded");
  CHECK(api.get("/v1/operations/" + id).json() == ended.json());
  CHECK(api.get("/v1/operations?vm=web").json().at("items").size() == 1);
  CHECK(api.post("/v1/vms/web/start").status == 200);
}

TEST_CASE("a guest is paused and resumed, and both are seen in the runner") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.createRunning("web");

  const auto paused = api.post("/v1/vms/web/pause", {}, kWait);
  REQUIRE_MESSAGE(paused.status == 200, paused.text);
  CHECK(stateOf(paused) == "paused");
  CHECK(api.get("/v1/vms/web/vfkit/vm/state").json().at("state") == "VirtualMachineStatePaused");
  const auto resumed = api.post("/v1/vms/web/resume", {}, kWait);

  REQUIRE_MESSAGE(resumed.status == 200, resumed.text);
  CHECK(stateOf(resumed) == "running");
  CHECK(daemon.changesAsked() == std::vector<std::string>{"Pause", "Resume"});
}

TEST_CASE("a change through the runner's own socket shows in the VM") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.createRunning("web");

  const auto answer = api.post("/v1/vms/web/vfkit/vm/state", {{"state", "Pause"}});

  CHECK(answer.status == 202);
  CHECK(api.state("web") == "paused");
  CHECK(api.get("/v1/vms/web/vfkit/vm/inspect").json().contains("vcpus"));
  const auto wrong = api.post("/v1/vms/web/vfkit/vm/state", {{"state", "Dance"}});
  CHECK(wrong.status == 500);
  CHECK(wrong.json().at("error") == "invalid new VMState: Dance");
}

TEST_CASE("a hard stop through the runner's own socket is accepted, and whoever asked is the cause of the end") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.script({{"onHardStop", "exit"}});
  daemon.createRunning("web");

  const auto answer = api.post("/v1/vms/web/vfkit/vm/state", {{"state", "HardStop"}});

  CHECK_MESSAGE(answer.status == 202, answer.text);
  const auto stopped = api.get("/v1/vms/web/wait?for=stopped&timeout=20s");
  CHECK(stopped.json().at("status").at("lastExit").at("reason") == "the guest was ended by a hard stop");
  CHECK(contains(api.eventTypes("web"), "vm.hard-stop"));
}

TEST_CASE("a shim that is told to end has a paused guest go on and power off, and no policy starts it again") {
  const Daemon daemon;
  const auto& api = daemon.api();
  const auto running = daemon.createRunning("web", {{"restart", {{"policy", "always"}, {"backoff", "100ms"}}}});
  REQUIRE(api.post("/v1/vms/web/pause", {}, kWait).status == 200);

  killProcess(running.at("status").at("shimPid").get<int>(), SIGTERM);

  const auto stopped = api.get("/v1/vms/web/wait?for=stopped&timeout=20s");
  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(stopped.json().at("status").at("desired") == "running");
  CHECK(stopped.json().at("status").at("lastExit").at("code") == 0);
  CHECK(daemon.changesAsked() == std::vector<std::string>{"Pause", "Resume", "Stop"});
  CHECK(contains(api.eventTypes("web"), "vm.power-button"));
  CHECK_FALSE(contains(api.eventTypes("web"), "vm.restart-scheduled"));
}

TEST_CASE("a restart gives the VM another runner") {
  const Daemon daemon;
  const auto before = daemon.createRunning("web").at("status").at("runnerPid").get<int>();

  const auto restarted = daemon.api().post("/v1/vms/web/restart", {}, kWait);

  REQUIRE_MESSAGE(restarted.status == 200, restarted.text);
  CHECK(stateOf(restarted) == "running");
  CHECK(restarted.json().at("status").at("runnerPid") != before);
  CHECK_FALSE(runs(before));
}

TEST_CASE("a restart that could only stop the VM is refused before anything is stopped") {
  const Daemon daemon;
  const auto& api = daemon.api();
  const auto kernel = daemon.folder().write("other-kernel", readText(daemon.folder() / "kernel"));
  const auto before = daemon.createRunning("web", {{"boot", {{"linux", {{"kernel", kernel}}}}}});
  std::filesystem::remove(kernel);

  const auto refused = api.post("/v1/vms/web/restart", {}, kWait);

  CHECK(refused.status == 422);
  CHECK(refused.text.find("/spec/boot/linux/kernel") != std::string::npos);
  const auto after = api.get("/v1/vms/web").json();
  CHECK(after.at("status").at("state") == "running");
  CHECK(after.at("status").at("runnerPid") == before.at("status").at("runnerPid"));
  CHECK(daemon.changesAsked().empty());
}

TEST_CASE("a VM that dies comes back by its policy, and what it left is kept") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.script(Json::array({Json{{"start", 1},
                                  {"end", {{"on", "die"}, {"code", 3}, {"stderr", "the disk went away"}}},
                                  {"console", {{"boot", "last words"}}}},
                             Json::object()}));
  daemon.createRunning("web", {{"restart", {{"policy", "on-failure"}, {"backoff", "100ms"}}}});

  daemon.give("die");
  waitUntil("the second start", [&] { return daemon.calls("start").size() == 2 && api.state("web") == "running"; });

  CHECK(contains(api.eventTypes("web"), "vm.restart-scheduled"));
  waitUntil("the black box", [&] { return contains(api.eventTypes("web"), "vm.black-box"); });
  const auto box = api.get("/v1/vms/web/postmortem").json();
  CHECK(box.at("exit").at("code") == 3);
  CHECK(box.at("runnerLog").get<std::string>().find("the disk went away") != std::string::npos);
  CHECK(box.at("console").at("text").get<std::string>().find("last words") != std::string::npos);
  CHECK_FALSE(box.at("argv").empty());
}

TEST_CASE("a stop that its guest ignores can be cancelled, and the VM runs on") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.script({{"onStop", "ignore"}});
  daemon.createRunning("web");
  const auto stop = api.post("/v1/vms/web/stop", {{"timeout", "60s"}});
  REQUIRE(stop.status == 202);
  waitUntil("the power button", [&] { return contains(daemon.changesAsked(), "Stop"); });

  const auto cancelled = api.remove("/v1/operations/" + stop.json().at("id").get<std::string>());

  REQUIRE_MESSAGE(cancelled.status == 200, cancelled.text);
  CHECK(cancelled.json().at("state") == "cancelled");
  CHECK(api.state("web") == "running");
}

TEST_CASE("a start during a stop is refused and names the operation") {
  const Daemon daemon;
  const auto& api = daemon.api();
  daemon.script({{"onStop", "ignore"}});
  daemon.createRunning("web");
  const auto stop = api.post("/v1/vms/web/stop", {{"timeout", "60s"}});

  const auto start = api.post("/v1/vms/web/start");

  CHECK(start.status == 409);
  CHECK(start.json().at("code") == "busy");
  CHECK(start.json().at("detail").get<std::string>().find(stop.json().at("id").get<std::string>()) !=
        std::string::npos);
}

TEST_CASE("an operation outlives the daemon that began it") {
  Daemon daemon;
  const auto& api = daemon.api();
  daemon.script({{"onStop", "ignore"}});
  daemon.createRunning("web");
  const auto stop = api.post("/v1/vms/web/stop", {{"timeout", "2s"}});
  REQUIRE(stop.status == 202);

  daemon.kill9();
  daemon.start();
  const auto ended = api.get("/v1/operations/" + stop.json().at("id").get<std::string>() + "/wait?timeout=30s").json();

  CHECK(ended.at("state") == "succeeded");
  CHECK(api.state("web") == "stopped");
}
