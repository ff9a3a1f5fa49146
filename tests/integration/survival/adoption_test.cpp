// What a new daemon makes of what it finds: processes that live or died, files that are missing, half written or
// somebody else's.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "api/http/unix_client.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/vm_answers.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

void endAndWait(const std::vector<int>& pids) {
  for (const int pid : pids)
    killProcess(pid, SIGKILL);
  waitUntil("the killed processes to be gone", [&] { return std::none_of(pids.begin(), pids.end(), runs); });
}

std::string reasonOf(const Daemon& daemon, const std::string& name) {
  return daemon.api().vm(name).at("status").at("reason");
}

/// Whether a daemon that may just be beginning serves yet.
bool serves(const Daemon& daemon) {
  microvm::http::UnixClient client(daemon.api().socket());
  microvm::http::Request request;
  request.target = "/readyz";
  const auto response = client.request(std::move(request), microvm::Milliseconds(2'000));
  return response && response->status == 200;
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void checkThatItStarts(const Daemon& daemon, const std::string& name) {
  const auto answer = daemon.api().post("/v1/vms/" + name + "/start", {}, {{"Prefer", "wait=20"}});
  CHECK_MESSAGE(answer.status == 200, answer.text);
}

}  // namespace

TEST_CASE("when daemon, shim and runner are killed at once the VM is stopped, and starts again") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);

  daemon.kill9();
  endAndWait({shimOf(web), runnerOf(web)});
  daemon.start();

  CHECK(daemon.api().state("web") == "stopped");
  CHECK(reasonOf(daemon, "web") == "microvm-shim ended without telling why, and its runner is gone");
  checkThatItStarts(daemon, "web");
}

TEST_CASE("a runner that lost its shim while no daemon was there is ended, and the event says so") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);

  daemon.kill9();
  endAndWait({shimOf(web)});
  CHECK(runs(runnerOf(web)));
  daemon.start();

  CHECK(daemon.api().state("web") == "stopped");
  waitUntil("the runner to end", [&] { return !runs(runnerOf(web)); });
  const auto last = daemon.api().lastEvent("web", "vm.stopped");
  CHECK(mentions(last.at("detail"), "the runner that it left could not be kept without it and was killed"));
  checkThatItStarts(daemon, "web");
}

TEST_CASE("an exit record that is missing, half written or somebody else's is no obstacle") {
  struct Row {
    const char* what;
    std::optional<std::string> text;
  };
  const Row rows[] = {{"missing", std::nullopt},
                      {"half written", R"({"code":3,"sig)"},
                      {"empty", ""},
                      {"no object", "[1, 2]\n"},
                      {"of another program", R"({"code":"three","at":7})"},
                      {"endless", std::string(200'000, 'x')}};
  Daemon daemon;
  daemon.create("web", kShort);
  for (const auto& row : rows) {
    CAPTURE(row.what);
    checkThatItStarts(daemon, "web");
    const auto web = daemon.api().vm("web");
    const auto file = runFolderOfOnlyVm(daemon) + "/exit.json";
    daemon.kill9();
    endAndWait({runnerOf(web)});
    waitUntil("the shim to end", [&] { return !runs(shimOf(web)); });
    fs::remove(file);
    if (row.text) write(file, *row.text);

    daemon.start();

    CHECK(daemon.api().state("web") == "stopped");
    CHECK_FALSE(reasonOf(daemon, "web").empty());
  }
}

TEST_CASE("a VM whose shim's socket is gone is adopted, and can be stopped and killed") {
  Daemon daemon;
  daemon.create("web", kShort);
  std::size_t starts = 0;
  for (const auto* action : {"stop", "kill"}) {
    for (const bool isFileThere : {false, true}) {
      CAPTURE(action);
      CAPTURE(isFileThere);
      checkThatItStarts(daemon, "web");
      ++starts;
      const auto web = daemon.api().vm("web");
      const auto socket = runFolderOfOnlyVm(daemon) + "/shim.sock";
      daemon.kill9();
      fs::remove(socket);
      if (isFileThere) write(socket, "no socket");

      daemon.start();

      CHECK(daemon.api().state("web") == "running");
      CHECK(daemon.calls("start").size() == starts);
      const auto answer = daemon.api().post(fmt::format("/v1/vms/web/{}", action), {}, {{"Prefer", "wait=20"}});
      CHECK_MESSAGE(answer.status == 200, answer.text);
      CHECK_FALSE(runs(runnerOf(web)));
    }
  }
}

TEST_CASE("somebody else's socket in the place of the shim's does not keep the daemon from its work") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  const auto socket = runFolderOfOnlyVm(daemon) + "/shim.sock";
  daemon.kill9();
  fs::remove(socket);
  {
    const auto foreign = must(microvm::listenUnix(socket));  // takes connections and never says a word
    daemon.start();

    CHECK(daemon.api().state("web") == "running");
    CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=30"}}).status == 200);
    CHECK_FALSE(runs(runnerOf(web)));
  }
}

TEST_CASE("a VM whose runner's socket is gone is stopped all the same") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  fs::remove(runFolderOfOnlyVm(daemon) + "/vfkit.sock");

  SUBCASE("with the daemon that started it") {}
  SUBCASE("with the next daemon") {
    daemon.kill9();
    daemon.start();
  }

  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK_FALSE(runs(runnerOf(web)));
}

TEST_CASE("a process that got the pid of a runner that is gone is left alone") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  const auto lock = runFolderOfOnlyVm(daemon) + "/lock";
  daemon.kill9();
  endAndWait({shimOf(web), runnerOf(web)});
  Program bystander("/usr/bin/tail", {"-f", "/dev/null"});
  const auto identity = must(microvm::identify(bystander.pid()));
  write(lock, fmt::format("runner {} {}\n", identity.pid, identity.startTime - 1));

  daemon.start();

  CHECK(daemon.api().state("web") == "stopped");
  CHECK(runs(bystander.pid()));
  checkThatItStarts(daemon, "web");
  CHECK(runs(bystander.pid()));
}

TEST_CASE("a lock with any text in it is only a lock") {
  Daemon daemon;
  daemon.createRunning("web", kShort);
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  const auto lock = runFolderOfOnlyVm(daemon) + "/lock";
  for (const auto* text : {"runner 1 1\n", "runner -1 0\n", "runner 99999999999999999999 1\n", "runner", "\xff\xfe"}) {
    CAPTURE(text);
    daemon.kill9();
    write(lock, text);

    daemon.start();

    CHECK(daemon.api().state("web") == "stopped");
  }
  checkThatItStarts(daemon, "web");
}

TEST_CASE("a VM whose lock cannot be read is broken, and no other") {
  Daemon daemon;
  daemon.createRunning("web", kShort);
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  const auto lock = runFolderOfOnlyVm(daemon) + "/lock";
  daemon.create("db");
  daemon.kill9();
  fs::remove(lock);
  fs::create_symlink("/dev/null", lock);

  daemon.start();

  CHECK(daemon.api().state("web") == "broken");
  CHECK(mentions(reasonOf(daemon, "web"), "whether it runs cannot be found out"));
  CHECK(daemon.api().state("db") == "stopped");
  daemon.kill9();
  fs::remove(lock);
  daemon.start();
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("a state folder from a backup: what runs is found, what it does not know is shown and can be ended") {
  Daemon daemon;
  const auto old = daemon.createRunning("old", kShort);
  const auto gone = daemon.create("gone");
  daemon.kill9();
  fs::copy(daemon.stateFolder(), daemon.folder() / "backup", fs::copy_options::recursive);
  daemon.start();
  const auto young = daemon.createRunning("young", kShort);
  CHECK(daemon.api().remove("/v1/vms/gone").status == 204);
  daemon.kill9();
  fs::rename(daemon.stateFolder(), daemon.folder() / "before");
  fs::rename(daemon.folder() / "backup", daemon.stateFolder());

  daemon.start();

  CHECK(runnerOf(daemon.api().vm("old")) == runnerOf(old));
  CHECK(idOf(daemon.api().vm("gone")) == idOf(gone));
  CHECK(runs(runnerOf(young)));
  const auto listed = daemon.api().get("/v1/vms").json().at("items");
  REQUIRE(listed.size() == 3);
  const auto& unlisted = listed.back();
  const std::string name = unlisted.at("metadata").at("name");
  CHECK(name.starts_with("unlisted-"));
  CHECK(unlisted.at("status").at("state") == "broken");
  CHECK(daemon.api().remove("/v1/vms/" + name).status == 409);
  CHECK(daemon.api().remove("/v1/vms/" + name + "?force=true").status == 204);
  CHECK_FALSE(runs(runnerOf(young)));
}

TEST_CASE("of two daemons that begin on one state folder at once exactly one works there") {
  Daemon daemon;
  daemon.createRunning("web", kShort);
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    daemon.kill9();
    Program rival(builtProgram("microvmd"), daemon.arguments());
    Program other(builtProgram("microvmd"), daemon.arguments());
    waitUntil("one to give way", [&] { return !runs(rival.pid()) || !runs(other.pid()); });
    auto& winner = runs(rival.pid()) ? rival : other;
    auto& loser = runs(rival.pid()) ? other : rival;
    CHECK(mentions(loser.finish().err, "another microvmd works in " + daemon.stateFolder()));
    waitUntil("the other to serve", [&] { return serves(daemon); });
    CHECK(daemon.api().state("web") == "running");
    winner.signal(SIGTERM);
    CHECK(winner.finish().code == 0);
    daemon.start();
  }
  CHECK(daemon.calls("start").size() == 1);
}
