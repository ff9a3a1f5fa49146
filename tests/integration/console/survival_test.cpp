// Viewers that live through the daemon's death, and a log whose files are taken away.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/pattern.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

std::vector<std::string> control(const Daemon& daemon, std::vector<std::string> words) {
  words.insert(words.begin(), {"--host", "unix://" + daemon.api().socket()});
  return words;
}

std::uint64_t endOf(const Daemon& daemon) {
  return daemon.api().get("/v1/vms/web/console/status").json().at("end");
}

std::string consoleFolder(const Daemon& daemon) {
  return daemon.stateFolderOf(daemon.api().vm("web").at("metadata").at("id")) + "/console";
}

}  // namespace

TEST_CASE("console and logs -f come through a daemon that is killed again and again, without loss or repetition") {
  constexpr auto kBytes = 12 * kMiB;
  Daemon daemon;
  daemon.script({{"console", {{"pattern", kBytes}, {"perMillisecond", 2000}}}});
  daemon.createRunning("web");
  Program console(builtProgram("microvmctl"), control(daemon, {"console", "--read-only", "--offset", "0", "web"}));
  Program logs(builtProgram("microvmctl"), control(daemon, {"logs", "-f", "web"}));

  for (std::uint64_t at = 1; at <= 5; ++at) {
    waitUntil("more output", [&] { return endOf(daemon) > at * 2 * kMiB; });
    daemon.kill9();
    daemon.start();
  }
  daemon.waitForCall("pattern");
  daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});

  const auto wanted = consolePattern(0, kBytes);
  const auto seen = console.finish();
  CHECK(seen.code == 0);
  CHECK((seen.out == wanted));
  CHECK((logs.finish().out == wanted));
}

TEST_CASE("a segment that is deleted under the shim costs what was in it, and offsets go on") {
  const Daemon daemon;
  daemon.script({{"console", {{"boot", "first "}, {"echo", true}}}});
  daemon.createRunning("web");
  ConsoleViewer viewer(daemon.api(), "web");
  viewer.readUntil("first ");
  for (const auto& file : fs::directory_iterator(consoleFolder(daemon)))
    fs::remove(file.path());

  viewer.type("second");

  CHECK(viewer.readUntil("second") == "first second");
  const auto log = consoleLog(daemon.api(), "web");
  CHECK(log.start == 6);
  CHECK(log.bytes == "second");
}

TEST_CASE("a log that cannot grow any more loses bytes, counts them, holds nobody up and says so") {
  const Daemon daemon;
  daemon.script({{"console", {{"pattern", kMiB}, {"patternOn", "go"}, {"echo", true}}}});
  const auto vm = daemon.createRunning("web");
  const auto pid = std::to_string(vm.at("status").at("shimPid").get<int>());
  // A limit on the size of files is as good as a full disk, and can be lifted.
  REQUIRE(runProgram("/usr/bin/prlimit", {"--pid", pid, "--fsize=65536:"}).code == 0);
  daemon.give("go");
  daemon.waitForCall("pattern");
  waitUntil("all of it read", [&] {
    const auto status = daemon.api().get("/v1/vms/web/console/status").json();
    return status.at("end").get<std::uint64_t>() + status.at("dropped").get<std::uint64_t>() == kMiB;
  });
  REQUIRE(runProgram("/usr/bin/prlimit", {"--pid", pid, "--fsize=unlimited:"}).code == 0);

  ConsoleViewer viewer(daemon.api(), "web");
  viewer.type("again");

  const auto all = viewer.readUntil("again");
  CHECK((all.substr(0, 65536) == consolePattern(0, 65536)));
  CHECK(all.substr(65536) == "\r\n[microvm: 983040 bytes of the console could not be stored]\r\nagain");
}
