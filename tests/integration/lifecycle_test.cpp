// The life of a VM through the real daemon, shim and sockets, with a runner that behaves.
#include <algorithm>
#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

std::string stateOf(const Answer& answer) {
  return answer.json().at("status").at("state");
}

std::size_t entries(const std::string& folder) {
  if (!fs::exists(folder)) return 0;
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a VM is created, listed, started, stopped and deleted") {
  const Daemon daemon;
  const auto& api = daemon.api();

  const auto created = api.post("/v1/vms", daemon.definition("web"));
  REQUIRE(created.status == 201);
  const auto id = created.json().at("metadata").at("id").get<std::string>();
  CHECK(created.header("Location") == "/v1/vms/web");
  CHECK(stateOf(created) == "stopped");
  CHECK(api.get("/v1/vms").json().at("items").size() == 1);
  CHECK(api.get("/v1/vms/" + id).json() == api.get("/v1/vms/web").json());

  const auto started = api.post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
  REQUIRE_MESSAGE(started.status == 200, started.text);
  CHECK(stateOf(started) == "running");
  const auto status = started.json().at("status");
  CHECK(runs(status.at("runnerPid")));
  CHECK(runs(status.at("shimPid")));
  CHECK(api.get("/v1").json().at("running") == 1);

  const auto stopped = api.post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});
  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(stateOf(stopped) == "stopped");
  CHECK(stopped.json().at("status").at("lastExit").at("code") == 0);
  CHECK_FALSE(runs(status.at("runnerPid")));

  CHECK(api.remove("/v1/vms/web").status == 204);
  CHECK(api.get("/v1/vms/web").status == 404);
  CHECK(api.get("/v1/vms").json().at("items").empty());
}

TEST_CASE("a VM's folder holds its definition and goes with it") {
  const Daemon daemon;
  const auto id = daemon.create("web").at("metadata").at("id").get<std::string>();
  const auto folder = daemon.stateFolderOf(id);

  const auto kept = Json::parse(readText(folder + "/vm.json"));
  CHECK(kept.dump().find("\"64MiB\"") != std::string::npos);
  CHECK(kept.dump().find("\"web\"") != std::string::npos);
  CHECK((fs::status(folder).permissions() & fs::perms::others_all) == fs::perms::none);

  REQUIRE(daemon.api().remove("/v1/vms/web").status == 204);
  waitUntil("the folder to go", [&] { return !fs::exists(folder); });
  CHECK(entries(daemon.stateFolder() + "/vms") == 0);
}

TEST_CASE("every change is an event with its cause, in order") {
  const Daemon daemon;
  daemon.createRunning("web");
  daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});

  const auto items = daemon.api().get("/v1/events?vm=web").json().at("items");
  std::vector<std::string> types;
  std::uint64_t last = 0;
  for (const auto& event : items) {
    types.push_back(event.at("type"));
    CHECK(event.at("sequence").get<std::uint64_t>() > last);
    CHECK_FALSE(event.at("cause").get<std::string>().empty());
    CHECK(event.at("vm").at("name") == "web");
    last = event.at("sequence");
  }
  const std::vector<std::string> expected{"vm.created",  "vm.starting",     "vm.running",
                                          "vm.stopping", "vm.power-button", "vm.stopped"};
  CHECK(types == expected);
  CHECK(items.back().at("cause") == "user");
  const auto after = daemon.api().get("/v1/events?after=" + std::to_string(last - 1)).json().at("items");
  CHECK(after.size() == 1);
}

TEST_CASE("starting a running VM and stopping a stopped one change nothing") {
  const Daemon daemon;
  const auto first = daemon.createRunning("web").at("status").at("runnerPid");

  const auto again = daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
  CHECK(again.status == 200);
  CHECK(again.json().at("status").at("runnerPid") == first);
  CHECK(daemon.calls("start").size() == 1);

  daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});
  const auto events = daemon.api().eventTypes("web").size();
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK(daemon.api().eventTypes("web").size() == events);
}

TEST_CASE("a VM is started again and again, each time with a fresh runner") {
  const Daemon daemon;
  daemon.create("web");
  std::set<int> runners;

  for (int round = 0; round < 5; ++round) {
    const auto started = daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
    REQUIRE_MESSAGE(started.status == 200, started.text);
    runners.insert(started.json().at("status").at("runnerPid").get<int>());
    REQUIRE(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  }

  CHECK(runners.size() == 5);
  CHECK(daemon.calls("start").size() == 5);
}

TEST_CASE("a guest that powers off by itself leaves a stopped VM with the cause guest") {
  const Daemon daemon;
  daemon.script({{"end", {{"on", "power-off"}, {"code", 0}}}});
  daemon.createRunning("web");

  daemon.give("power-off");
  const auto stopped = daemon.api().waitFor("web", "stopped");

  CHECK(stopped.at("status").at("lastExit").at("code") == 0);
  CHECK(daemon.api().lastEvent("web", "vm.stopped").at("cause") == "guest");
}

TEST_CASE("the runner gets the definition on its command line") {
  const Daemon daemon;
  const auto disk = daemon.folder().write("disk.img", std::string(4096, 'x'));
  fs::create_directories(daemon.folder() / "src");
  Json spec{{"cpus", 3},
            {"memory", "128MiB"},
            {"volumes", {{{"image", disk}, {"readOnly", true}, {"serial", "root"}}}},
            {"shares", {{{"tag", "src"}, {"source", daemon.folder() / "src"}}}},
            {"interfaces", {{{"type", "nat"}, {"mac", "02:00:00:01:01:01"}}}}};

  daemon.createRunning("web", spec);

  const auto argv = daemon.calls("start").at(0).at("argv").get<std::vector<std::string>>();
  const auto valueOf = [&](const std::string& flag) { return *(std::find(argv.begin(), argv.end(), flag) + 1); };
  const auto has = [&](const std::string& text) { return std::find(argv.begin(), argv.end(), text) != argv.end(); };
  CHECK(valueOf("--cpus") == "3");
  CHECK(valueOf("--memory") == "128");
  CHECK(valueOf("--kernel") == daemon.folder() / "kernel");
  CHECK(valueOf("--kernel-cmdline").find("vm=web") != std::string::npos);
  CHECK(has("virtio-serial,pty"));
  CHECK(has("virtio-blk,path=" + disk + ",readonly,deviceId=root"));
  CHECK(has("virtio-fs,sharedDir=" + daemon.folder() / "src" + ",mountTag=src"));
  CHECK(has("virtio-net,nat,mac=02:00:00:01:01:01"));
}

TEST_CASE("many VMs are started and stopped side by side") {
  const Daemon daemon;
  for (int i = 0; i < 12; ++i)
    daemon.create("vm" + std::to_string(i));

  for (int i = 0; i < 12; ++i)
    CHECK(daemon.api().post("/v1/vms/vm" + std::to_string(i) + "/start").status == 202);
  for (int i = 0; i < 12; ++i)
    CHECK(daemon.api().waitFor("vm" + std::to_string(i), "running").at("status").at("state") == "running");
  CHECK(daemon.api().get("/v1").json().at("running") == 12);
  for (int i = 0; i < 12; ++i)
    CHECK(daemon.api().post("/v1/vms/vm" + std::to_string(i) + "/stop").status == 202);
  for (int i = 0; i < 12; ++i)
    daemon.api().waitFor("vm" + std::to_string(i), "stopped");

  CHECK(daemon.api().get("/v1").json().at("running") == 0);
}

TEST_CASE("a running VM is not deleted unless it is forced") {
  const Daemon daemon;
  const auto runner = daemon.createRunning("web").at("status").at("runnerPid").get<int>();

  const auto refused = daemon.api().remove("/v1/vms/web");
  CHECK(refused.status == 409);
  CHECK(refused.json().at("code") == "wrong-state");
  CHECK(runs(runner));

  CHECK(daemon.api().remove("/v1/vms/web?force=true").status == 204);
  CHECK_FALSE(runs(runner));
  CHECK(daemon.api().get("/v1/vms/web").status == 404);
}
