// Starts that fail: the VM is stopped, and its reason says why.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string reasonOf(const Daemon& daemon) {
  const auto vm = daemon.api().vm("web");
  CHECK(vm.at("status").at("state") == "stopped");
  return vm.at("status").at("reason");
}

Answer start(const Daemon& daemon) {
  return daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
}

}  // namespace

TEST_CASE("a runner that is not there is named") {
  const Daemon daemon("/nowhere/vfkit");
  daemon.create("web");

  const auto answer = start(daemon);

  CHECK(answer.status == 503);
  CHECK(answer.json().at("code") == "runner-missing");
  CHECK(mentions(answer.text, "/nowhere/vfkit"));
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("a runner that may not be executed is named") {
  const TempDir folder;
  const auto runner = folder.write("vfkit", "not a program");
  const Daemon daemon(runner);
  daemon.create("web");

  const auto answer = start(daemon);

  CHECK(answer.status == 503);
  CHECK(mentions(answer.text, runner));
}

TEST_CASE("a runner that is no program fails the start") {
  const TempDir folder;
  const auto runner = folder.write("vfkit",
                                   "\x7f"
                                   "ELF but not really");
  fs::permissions(runner, fs::perms::owner_all);
  const Daemon daemon(runner);
  daemon.create("web");

  const auto answer = start(daemon);

  CHECK(answer.status >= 500);
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("what a runner says when it exits at once is the reason") {
  const Daemon daemon;
  daemon.script(
      {{"end", {{"after", 0}, {"code", 1}, {"stderr", "Error Domain=VZErrorDomain Code=2 no entitlement\n"}}}});
  daemon.create("web");

  const auto answer = start(daemon);

  CHECK(answer.status == 502);
  CHECK(answer.json().at("code") == "runner-failed");
  CHECK(mentions(answer.text, "no entitlement"));
  CHECK(mentions(reasonOf(daemon), "no entitlement"));
  CHECK(daemon.api().vm("web").at("status").at("lastExit").at("code") == 1);
}

TEST_CASE("the device that a runner refuses is in the reason") {
  const Daemon daemon;
  daemon.script({{"refuseDevice", "virtio-rng"}});
  daemon.create("web");

  CHECK(start(daemon).status == 502);

  CHECK(mentions(reasonOf(daemon), "unknown option for virtio-rng devices"));
}

TEST_CASE("a start that failed once succeeds when the cause is gone") {
  const Daemon daemon;
  daemon.script({{{"start", 1}, {"end", {{"after", 0}, {"code", 1}}}}, {{"start", 2}}});
  daemon.create("web");

  CHECK(start(daemon).status == 502);

  CHECK(start(daemon).status == 200);
  CHECK(daemon.api().state("web") == "running");
}

TEST_CASE("a socket that a killed runner left behind does not hinder the next start") {
  const Daemon daemon;
  daemon.script({{"leaveSocket", true}});
  daemon.createRunning("web");
  daemon.api().post("/v1/vms/web/kill", {}, {{"Prefer", "wait=20"}});

  CHECK(start(daemon).status == 200);
}

TEST_CASE("a kernel that went away since the creation is named at the start") {
  const Daemon daemon;
  daemon.create("web");
  fs::remove(daemon.folder() / "kernel");

  const auto answer = start(daemon);

  CHECK(answer.status >= 400);
  CHECK(mentions(answer.text, daemon.folder() / "kernel"));
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("a runner that is ready late is waited for") {
  const Daemon daemon;
  daemon.script({{"reachableAfter", 700}, {"runningAfter", 1000}});
  daemon.create("web");

  CHECK(start(daemon).status == 200);
}

TEST_CASE("a runner that floods its standard error still starts") {
  const Daemon daemon;
  daemon.script({{"stderrFlood", 8 * 1024 * 1024}});

  const auto id = daemon.createRunning("web").at("metadata").at("id").get<std::string>();

  CHECK(fs::file_size(daemon.stateFolderOf(id) + "/runner.log") < 4u * 1024 * 1024);
}
