// microvmctl console in a terminal.
#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/terminal.hpp"

using namespace microvm::test;

namespace {

constexpr const char* kDetach = "\x1d";  // ^]

TerminalProgram consoleOf(const Daemon& daemon, const std::string& vm) {
  return {builtProgram("microvmctl"), {"--host", "unix://" + daemon.api().socket(), "console", "--tail", "100", vm}};
}

void echoing(const Daemon& daemon) {
  daemon.script({{"console", {{"boot", "login: "}, {"echo", true}}}});
  daemon.createRunning("web");
}

}  // namespace

TEST_CASE("a console session is raw, echoes through the guest, and ends at the detach key") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");

  session.readUntil("login: ");
  waitUntil("the terminal to be raw", [&] { return session.isRaw(); });
  session.type("uname\r");
  session.readUntil("uname\r");
  session.type("\x03");
  session.readUntil("\x03");
  session.type(kDetach);

  CHECK(session.finish() == 0);
  CHECK_FALSE(session.isRaw());
  CHECK(daemon.api().state("web") == "running");
}

TEST_CASE("a console session ends with its VM and gives the terminal back") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");
  session.readUntil("login: ");

  daemon.api().post("/v1/vms/web/stop");

  session.finish();
  CHECK_FALSE(session.isRaw());
}

TEST_CASE("a console session that is terminated gives the terminal back") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");
  session.readUntil("login: ");
  waitUntil("the terminal to be raw", [&] { return session.isRaw(); });

  killProcess(session.pid(), SIGTERM);

  session.finish();
  CHECK_FALSE(session.isRaw());
}

TEST_CASE("a console of a stopped VM is refused and the terminal stays as it was") {
  const Daemon daemon;
  daemon.create("web");
  auto session = consoleOf(daemon, "web");

  session.readUntil("web");

  CHECK(session.finish() == 5);
  CHECK_FALSE(session.isRaw());
}
