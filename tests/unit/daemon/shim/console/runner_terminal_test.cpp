#include "daemon/shim/console/runner_terminal.hpp"

#include <array>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/pty.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

/// A log, and a runner's side of a terminal.
struct Bench {
  Bench() { REQUIRE(setNonBlocking(pty.controller.get())); }
  RunnerTerminal terminal(TerminalKind kind) {
    return RunnerTerminal(log, kind, kind == TerminalKind::Stdio ? std::move(pty.controller) : UniqueFd());
  }
  void say(const std::string& text) const {
    REQUIRE(::write(pty.terminal.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  std::string logged() {
    std::array<char, 4096> text{};
    return {text.data(), log.read(0, text.data(), text.size()).size};
  }

  test::TempDir folder;
  ConsoleLog log = std::move(*ConsoleLog::open({folder.path() + "/console", 64 * 1024, 4}));
  PtyPair pty = std::move(*makePty());
  std::array<char, 1024> buffer{};
};

}  // namespace

TEST_CASE("what a runner writes is logged, and what is typed comes to it") {
  Bench bench;
  auto terminal = bench.terminal(TerminalKind::Stdio);
  bench.say("login: ");

  CHECK(terminal.read(bench.buffer) == 7);
  CHECK(terminal.write("root\n") == 5);

  CHECK(bench.logged() == "login: ");
  CHECK(::read(bench.pty.terminal.get(), bench.buffer.data(), bench.buffer.size()) == 5);
}

TEST_CASE("what may be the beginning of a request's log line is logged once nothing follows in time") {
  Bench bench;
  auto terminal = bench.terminal(TerminalKind::Stdio);
  bench.say("a [GIN");

  (void)terminal.read(bench.buffer);
  CHECK(bench.logged() == "a ");
  REQUIRE(terminal.deadline());
  terminal.step(*terminal.deadline());

  CHECK(bench.logged() == "a [GIN");
  CHECK_FALSE(terminal.deadline());
}

TEST_CASE("the rest is all that a runner had to say") {
  Bench bench;
  auto terminal = bench.terminal(TerminalKind::Stdio);
  const std::string text(3'000, 'x');
  bench.say(text + "[GIN");

  terminal.readRest(bench.buffer);

  CHECK(bench.logged() == text + "[GIN");
}

TEST_CASE("input waits for a terminal that is yet to be named, and one that is gone takes everything") {
  Bench bench;
  auto awaited = bench.terminal(TerminalKind::Named);
  auto none = bench.terminal(TerminalKind::None);

  CHECK(awaited.isAwaited());
  CHECK(awaited.write("root\n") == 0);
  CHECK_FALSE(awaited.open(bench.folder.path() + "/none"));

  CHECK_FALSE(awaited.isAwaited());
  CHECK(awaited.write("root\n") == 5);
  CHECK(none.write("root\n") == 5);
}

TEST_CASE("a named terminal is read as soon as it is open") {
  Bench bench;
  auto terminal = bench.terminal(TerminalKind::Named);

  REQUIRE(terminal.open(bench.pty.path));
  REQUIRE(::write(bench.pty.controller.get(), "up", 2) == 2);

  CHECK(terminal.read(bench.buffer) == 2);
  CHECK(bench.logged() == "up");
}
