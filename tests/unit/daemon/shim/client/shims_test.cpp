#include "daemon/shim/client/shims.hpp"

#include <csignal>
#include <poll.h>
#include <sys/types.h>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/identity.hpp"
#include "tests/unit/daemon/shim/client/harness.hpp"

using namespace microvm;

namespace {

bool endsSoon(const ProcessIdentity& process) {
  const auto watcher = ExitWatcher::forProcess(process);
  if (!watcher) return true;
  pollfd end{watcher->fd(), POLLIN, 0};
  return ::poll(&end, 1, 10'000) == 1;
}

}  // namespace

TEST_CASE("a launched shim tells its pids, holds the lock and reports the same as status") {
  Harness harness;

  const auto launched = harness.launch({"forever"});

  REQUIRE(launched);
  CHECK(identify(launched->shimPid));
  CHECK(identify(launched->runnerPid));
  CHECK(harness.shims->isHeld(harness.paths).value_or(false));
  const auto status = harness.run(harness.shims->status(harness.paths));
  REQUIRE(status);
  CHECK(status->shimPid == launched->shimPid);
  CHECK(status->runnerPid == launched->runnerPid);
  CHECK(status->startedAt == launched->startedAt);
}

TEST_CASE("a second shim for the same VM is refused and disturbs nothing") {
  Harness harness;
  const auto first = harness.launch({"forever"});
  REQUIRE(first);

  const auto second = harness.launch({"forever"});

  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::InUse);
  CHECK(harness.run(harness.shims->status(harness.paths))->runnerPid == first->runnerPid);
}

TEST_CASE("a runner that is not there is named, and the lock is free again") {
  Harness harness;
  const Argv runner = {"/nowhere/vfkit"};

  const auto launched = harness.run(harness.shims->launch("test", harness.paths, runner, ConsoleSettings{}));

  REQUIRE_FALSE(launched);
  CHECK(launched.error().code == Errc::RunnerMissing);
  CHECK(launched.error().detail == "cannot start /nowhere/vfkit: no such file or directory");
  const auto record = harness.run(harness.shims->waitForExit(harness.paths));
  CHECK(harness.shims->isHeld(harness.paths).value_or(true) == false);
}

TEST_CASE("a shim program that is not there is an error") {
  Harness harness;
  const auto shims = makeShims(harness.context.get_executor(), "/nowhere/microvm-shim");

  const auto launched = harness.run(shims->launch("test", harness.paths, harness.runner({}), ConsoleSettings{}));

  REQUIRE_FALSE(launched);
  CHECK(launched.error().code == Errc::NotFound);
}

TEST_CASE("a wait ends with the exit code and the runner's last words, and the lock is free then") {
  Harness harness;
  REQUIRE(harness.launch({"error:Error: no such disk", "error:no such disk", "exit:3"}));

  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK(harness.shims->isHeld(harness.paths).value_or(true) == false);
  CHECK(record->code == 3);
  CHECK_FALSE(record->signal);
  CHECK(record->reason == "console-runner exited with code 3: no such disk");
}

TEST_CASE("a guest that powers off is told as such") {
  Harness harness;
  REQUIRE(harness.launch({"exit:0"}));

  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK(record->code == 0);
  CHECK(record->reason == "the guest powered off");
}

TEST_CASE("a signal that ends the runner is told as such") {
  Harness harness;
  REQUIRE(harness.launch({"raise:6"}));

  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK(record->signal == SIGABRT);
  CHECK(record->reason == "console-runner was ended by signal 6 (SIGABRT)");
}

TEST_CASE("kill ends the runner and everybody who waits is told") {
  Harness harness;
  REQUIRE(harness.launch({"ignore:15", "forever"}));

  const auto killed = harness.run(harness.shims->kill(harness.paths));
  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(killed);
  REQUIRE(record);
  CHECK(record->signal == SIGKILL);
  CHECK(record->reason == "killed as asked");
}

TEST_CASE("a VM that does not run has no shim, no console and no end to wait for") {
  Harness harness;

  CHECK(harness.run(harness.shims->status(harness.paths)).error().code == Errc::Unreachable);
  CHECK(harness.run(harness.shims->kill(harness.paths)).error().code == Errc::Unreachable);
  CHECK(harness.run(harness.shims->attach(harness.paths, Harness::attachment(ConsoleMode::ReadOnly, 0))).error().code ==
        Errc::WrongState);
  CHECK(harness.run(harness.shims->waitForExit(harness.paths)));
}

TEST_CASE("a shim that is killed frees the lock, and whoever waits is told and ends the runner") {
  Harness harness;
  const auto launched = harness.launch({"print:ready", "forever"});
  REQUIRE(launched);
  // While it starts it writes to its shim, and would be ended by a pipe that nobody reads before anybody looks.
  const auto console = harness.run(harness.shims->attach(harness.paths, Harness::attachment(ConsoleMode::ReadOnly, 0)));
  REQUIRE(console);
  REQUIRE(harness.readUntil(**console, "ready").find("ready") != std::string::npos);
  const auto runner = identify(launched->runnerPid);
  REQUIRE(runner);

  ::kill(launched->shimPid, SIGKILL);
  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK_FALSE(record->code);
  CHECK_FALSE(record->signal);
  CHECK(record->reason ==
        "microvm-shim was killed; the runner that it left could not be kept without it and was killed");
  CHECK(harness.shims->isHeld(harness.paths).value_or(true) == false);
  CHECK(endsSoon(*runner));
}

TEST_CASE("the next shim ends the runner that a killed one left behind") {
  Harness harness;
  const auto first = harness.launch({"forever"});
  REQUIRE(first);
  const auto runner = identify(first->runnerPid);
  const auto shim = identify(first->shimPid);
  ::kill(first->shimPid, SIGKILL);
  while (isAlive(*shim))
    continue;

  const auto second = harness.launch({"forever"});

  REQUIRE(second);
  CHECK_FALSE(isAlive(*runner));
  CHECK(harness.run(harness.shims->status(harness.paths))->runnerPid == second->runnerPid);
}

TEST_CASE("a shim told to end asks the runner to stop over its socket") {
  Harness harness;
  const auto launched = harness.launch({"listen", "print:ready", "request:Stop", "exit:0"});
  REQUIRE(launched);
  auto stream = harness.run(harness.shims->attach(harness.paths, Harness::attachment(ConsoleMode::ReadOnly, 0)));
  REQUIRE(stream);
  CHECK(harness.readUntil(**stream, "ready") == "ready\n");

  ::kill(launched->shimPid, SIGTERM);
  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK(record->code == 0);
  CHECK(record->isHostStop);
  CHECK(record->reason == "the guest powered off, as its shim asked when it was told to end");
}

TEST_CASE("a runner without a socket is sent SIGTERM when its shim is told to end") {
  Harness harness;
  const auto launched = harness.launch({"forever"});
  REQUIRE(launched);

  ::kill(launched->shimPid, SIGTERM);
  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK(record->signal == SIGTERM);
}

TEST_CASE("a runner's endless talk on standard error is drained and capped") {
  Harness harness;
  REQUIRE(harness.launch({"floodErrors:3000000", "exit:5"}));

  const auto record = harness.run(harness.shims->waitForExit(harness.paths));

  REQUIRE(record);
  CHECK(record->code == 5);
  CHECK(std::filesystem::file_size(harness.paths.runnerLog()) <= 1024 * 1024);
  CHECK(std::filesystem::file_size(harness.paths.runnerLog() + ".1") == 1024 * 1024);
}

TEST_CASE("processes that a runner leaves behind have ended before the lock is free") {
  Harness harness;
  const Argv runner = {"/bin/sh", "-c", "sleep 1000 & echo $! >&2; exit 0"};
  REQUIRE(harness.run(harness.shims->launch("test", harness.paths, runner, ConsoleSettings{})));

  REQUIRE(harness.run(harness.shims->waitForExit(harness.paths)));

  const auto pid = std::stoi(readFile(harness.paths.runnerLog(), 100).value_or("0"));
  CHECK(pid > 1);
  CHECK_FALSE(identify(pid));
}

TEST_CASE("the sockets are gone when the VM is") {
  Harness harness;
  REQUIRE(harness.launch({"listen", "exit:0"}));

  REQUIRE(harness.run(harness.shims->waitForExit(harness.paths)));

  CHECK_FALSE(std::filesystem::exists(harness.paths.shimSocket()));
  CHECK_FALSE(std::filesystem::exists(harness.paths.runnerSocket()));
}
