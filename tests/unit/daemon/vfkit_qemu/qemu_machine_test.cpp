#include "daemon/vfkit_qemu/qemu_machine.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/unit/daemon/vfkit_qemu/fake_qemu.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;
using test::runTask;
using test::runUntil;
using test::Started;

namespace {

constexpr Milliseconds kLong{20'000};
const Log kQuiet(vfkit::Verbosity::Error);

/// A machine whose QEMU obeys the files named here.
class Guest {
public:
  explicit Guest(const std::string& sign = "", const std::string& text = "") {
    if (!sign.empty()) folder.write(sign, text + "\n");
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    UniqueFd theirs(fds[0]);
    SpawnOptions options;
    options.program = makeFakeQemu(folder);
    options.arguments = {options.program};
    options.environment = allowedEnvironment();
    options.descriptors = {{theirs.get(), 3}};
    REQUIRE(machine.start(options, UniqueFd(fds[1])));
  }

  template <class T>
  T run(net::awaitable<T> task) {
    return runTask(context, std::move(task));
  }

  test::TempDir folder;
  net::io_context context{1};
  QemuMachine machine{context.get_executor(), "{}", kQuiet};
};

}  // namespace

TEST_CASE("a machine is stopped, then starting, then running") {
  net::io_context context{1};
  const QemuMachine fresh(context.get_executor(), "{\"vcpus\":1}", kQuiet);
  CHECK(fresh.state() == MachineState::Stopped);
  CHECK(fresh.inspect() == "{\"vcpus\":1}");
  Guest guest;
  CHECK(guest.machine.state() == MachineState::Starting);

  CHECK(guest.run(guest.machine.waitForRunning(kLong)));

  CHECK(guest.machine.state() == MachineState::Running);
}

TEST_CASE("a program that cannot be started leaves the machine stopped") {
  net::io_context context{1};
  QemuMachine machine(context.get_executor(), "{}", kQuiet);
  SpawnOptions options;
  options.program = "/nonexistent/qemu";
  options.arguments = {options.program};

  CHECK_FALSE(machine.start(options, UniqueFd()));

  CHECK(machine.state() == MachineState::Stopped);
}

TEST_CASE("the power button ends a guest that listens, cleanly") {
  Guest guest;
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));

  CHECK(guest.run(guest.machine.change(Change::Stop)));

  CHECK(guest.run(guest.machine.waitForExit()));
  CHECK(guest.machine.state() == MachineState::Stopped);
}

TEST_CASE("a guest that ignores the button runs on") {
  Guest guest("ignore-button");
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));

  CHECK(guest.run(guest.machine.change(Change::Stop)));

  CHECK(guest.machine.state() == MachineState::Running);
}

TEST_CASE("a machine pauses and resumes") {
  Guest guest;
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));

  CHECK(guest.run(guest.machine.change(Change::Pause)));
  CHECK(guest.machine.state() == MachineState::Paused);
  CHECK(guest.run(guest.machine.change(Change::Resume)));
  CHECK(guest.machine.state() == MachineState::Running);
}

TEST_CASE("a change that QEMU refuses leaves the state, with its words") {
  Guest guest("refuse", "not now");
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));

  const auto paused = guest.run(guest.machine.change(Change::Pause));

  REQUIRE_FALSE(paused);
  CHECK(paused.error().detail == "not now");
  CHECK(guest.machine.state() == MachineState::Running);
}

TEST_CASE("a guest that QEMU stops by itself is paused") {
  Guest guest("full-disk");
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));

  REQUIRE(guest.run(guest.machine.change(Change::Stop)));
  runUntil(guest.context, [&] { return guest.machine.state() == MachineState::Paused; });

  CHECK(guest.run(guest.machine.change(Change::Resume)));
  CHECK(guest.machine.state() == MachineState::Running);
}

TEST_CASE("a hard stop never answers and ends QEMU cleanly") {
  Guest guest("ignore-button");
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));
  Started<Result<void>> asked(guest.context, guest.machine.change(Change::HardStop));

  CHECK(guest.run(guest.machine.waitForExit()));

  CHECK(guest.machine.state() == MachineState::Stopped);
  CHECK_FALSE(asked.hasEnded());
}

TEST_CASE("a QEMU that does not answer is killed, which is a clean end too") {
  Guest guest("deaf");
  Started<Result<void>> cut(guest.context, guest.machine.cutPower());

  CHECK(guest.run(guest.machine.waitForExit()));

  CHECK(guest.machine.state() == MachineState::Stopped);
  CHECK(cut.finish());
}

TEST_CASE("a QEMU that ends before it runs is unreachable, and its end is an error") {
  Guest guest("die-early", "no such machine");

  const auto running = guest.run(guest.machine.waitForRunning(kLong));

  REQUIRE_FALSE(running);
  CHECK(running.error().code == Errc::Unreachable);
  const auto ended = guest.run(guest.machine.waitForExit());
  REQUIRE_FALSE(ended);
  CHECK(ended.error().detail == "QEMU ended with exit code 1");
  CHECK(guest.machine.state() == MachineState::Error);
}

TEST_CASE("a QEMU that never greets is not waited for beyond the limit") {
  Guest guest("silent");

  const auto running = guest.run(guest.machine.waitForRunning(Milliseconds(20)));

  REQUIRE_FALSE(running);
  CHECK(running.error().code == Errc::Timeout);
}

TEST_CASE("a QEMU that dies under its guest is an error") {
  Guest guest("die-late");
  REQUIRE(guest.run(guest.machine.waitForRunning(kLong)));
  REQUIRE(guest.run(guest.machine.change(Change::Stop)));

  const auto ended = guest.run(guest.machine.waitForExit());

  REQUIRE_FALSE(ended);
  CHECK(ended.error().detail == "QEMU ended with exit code 3");
}
