// Real guests through the whole chain: microvmctl's API, microvmd, microvm-shim, the runner, a Linux kernel.
#include "tests/support/guest.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/processes.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Answer change(const Daemon& daemon, const std::string& what) {
  return daemon.api().post("/v1/vms/web/" + what, {}, {{"Prefer", "wait=60"}});
}

}  // namespace

TEST_CASE("a guest boots, obeys its console and powers off at the button") {
  const Daemon daemon(realRunner());
  daemon.createRunning("web", guestSpec());
  ConsoleViewer console(daemon.api(), "web");
  console.readUntil(kGuestIsUp);

  CHECK(contains(runInGuest(console, "expr 6 '*' 7"), "42"));
  const auto stopped = change(daemon, "stop");

  REQUIRE_MESSAGE(stopped.status == 200, stopped.text);
  CHECK(stopped.json().at("status").at("lastExit").at("code") == 0);
  const auto types = daemon.api().eventTypes("web");
  CHECK(std::count(types.begin(), types.end(), "vm.power-button") == 1);
  CHECK(std::count(types.begin(), types.end(), "vm.hard-stop") == 0);
}

TEST_CASE("what one boot writes on a disk the next one reads") {
  const Daemon daemon(realRunner());
  const auto disk = daemon.folder() / "disk.img";
  daemon.createRunning("web", guestSpec({{"volumes", {{{"image", disk}, {"size", "8MiB"}, {"autoCreate", true}}}}}));
  {
    ConsoleViewer console(daemon.api(), "web");
    CHECK(contains(runInGuest(console, "echo kept-over-boots | dd of=/dev/vda conv=fsync && sync"), "records out"));
  }
  REQUIRE(change(daemon, "stop").status == 200);
  CHECK(readText(disk).rfind("kept-over-boots", 0) == 0);

  const auto end = consoleLog(daemon.api(), "web").end;
  REQUIRE(change(daemon, "start").status == 200);
  ConsoleViewer console(daemon.api(), "web", "offset=" + std::to_string(end));

  CHECK(contains(runInGuest(console, "head -c 15 /dev/vda"), "kept-over-boots"));
}

TEST_CASE("a share is seen from both sides") {
  const Daemon daemon(realRunner());
  daemon.folder().write("src/from-host", "hello guest\n");
  daemon.createRunning("web", guestSpec({{"shares", {{{"tag", "src"}, {"source", daemon.folder() / "src"}}}}},
                                        {"microvm.share=src:/mnt"}));
  ConsoleViewer console(daemon.api(), "web");
  console.readUntil("microvm guest share src:/mnt");

  CHECK(contains(runInGuest(console, "cat /mnt/from-host"), "hello guest"));
  runInGuest(console, "echo hello host > /mnt/from-guest");

  waitUntil("the guest's file", [&] { return readText(daemon.folder() / "src/from-guest") == "hello host\n"; });
}

TEST_CASE("a NAT interface gives the guest an address") {
  const Daemon daemon(realRunner());
  daemon.createRunning("web", guestSpec({{"interfaces", {{{"type", "nat"}, {"mac", "02:00:00:01:01:01"}}}}}));
  ConsoleViewer console(daemon.api(), "web");

  console.readUntil("microvm guest address ");

  CHECK(contains(runInGuest(console, "cat /sys/class/net/eth0/address"), "02:00:00:01:01:01"));
}

TEST_CASE("a guest outlives a killed daemon with its console complete") {
  Daemon daemon(realRunner());
  const auto before = daemon.createRunning("web", guestSpec());
  {
    ConsoleViewer console(daemon.api(), "web");
    runInGuest(console, "i=0; while [ $i -lt 2000 ]; do echo \"tick $i\"; i=$((i+1)); done & true");
  }

  daemon.kill9();
  daemon.start();

  const auto after = daemon.api().vm("web");
  CHECK(after.at("status").at("state") == "running");
  CHECK(after.at("status").at("runnerPid") == before.at("status").at("runnerPid"));
  ConsoleViewer console(daemon.api(), "web");
  const auto all = console.readUntil("tick 1999\r\n");
  std::size_t at = 0;
  for (int i = 0; i < 2000 && at != std::string::npos; ++i)
    at = all.find("tick " + std::to_string(i) + "\r\n", at);
  CHECK(at != std::string::npos);
  CHECK(change(daemon, "stop").status == 200);
}

TEST_CASE("a start is waited for until the guest has said on its console that it is up") {
  const Daemon daemon(realRunner());
  daemon.create("web", guestSpec({{"readiness", {{"console", "^microvm guest is up"}}}}));

  const auto started = runProgram(builtProgram("microvmctl"), {"--host", "unix://" + daemon.api().socket(), "start",
                                                               "--ready", "--timeout", "2m", "web"});

  REQUIRE_MESSAGE(started.code == 0, started.err);
  CHECK(contains(started.err, "\"web\" is ready"));
  CHECK(contains(consoleLog(daemon.api(), "web").bytes, kGuestIsUp));
  const auto conditions = daemon.api().vm("web").at("status").at("conditions");
  CHECK(conditions.size() == 3);
  for (const auto& condition : conditions)
    CHECK(condition.at("status") == "True");
}
