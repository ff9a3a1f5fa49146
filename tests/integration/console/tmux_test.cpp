// microvmctl console as a person has it: in a terminal with a screen, started from a shell with job control.
#include "tests/support/terminals/tmux.hpp"

#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

namespace {

/// A VM whose guest sends back what is typed, and a person who is attached to it.
struct Session {
  Daemon daemon;
  Tmux terminal;

  Session() {
    daemon.script({{"console", {{"boot", "login: "}, {"echo", true}}}});
    daemon.createRunning("web");
    terminal.type("sh -c 'echo $$ >" + pidFile() + "; exec \"$@\"' sh " + builtProgram("microvmctl") +
                  " --host unix://" + daemon.api().socket() + " console web --tail 100 --record " + recording());
    terminal.press("Enter");
    terminal.waitFor("\nlogin:");
  }

  [[nodiscard]] std::string pidFile() const { return daemon.folder() / "pid"; }
  [[nodiscard]] std::string recording() const { return daemon.folder() / "session.cast"; }
  [[nodiscard]] bool reached(const std::string& bytes) const {
    return consoleLog(daemon.api(), "web").bytes.find(bytes) != std::string::npos;
  }
  /// The shell has a terminal as it was before: it shows what is typed, takes lines and begins them at the left.
  void checkThatTheShellIsBack() const {
    terminal.type("echo the she''ll answers");
    terminal.waitFor("host$ echo the she''ll answers");
    terminal.press("Enter");
    terminal.waitFor("\nthe shell answers\n");
  }
};

}  // namespace

TEST_CASE("in tmux what is typed is the guest's, control-C too, until the key that leaves") {
  const Session session;

  CHECK(session.terminal.screen().find("^] leaves") != std::string::npos);
  session.terminal.type("uname -a");
  session.terminal.waitFor("login: uname -a");
  session.terminal.press("C-c");
  session.terminal.press("C-z");
  session.terminal.press("C-\\");
  waitUntil("the control characters to reach the guest", [&] { return session.reached("uname -a\x03\x1a\x1c"); });
  session.terminal.press("C-]");

  session.terminal.waitFor("detached from");
  session.checkThatTheShellIsBack();
  CHECK(session.daemon.api().state("web") == "running");
}

TEST_CASE("in tmux a suspended session gives the shell its terminal, and goes on in the foreground") {
  const Session session;

  killProcess(std::stoi(readText(session.pidFile())), SIGTSTP);
  session.terminal.waitFor("Stopped");
  session.checkThatTheShellIsBack();
  session.terminal.type("fg");
  session.terminal.press("Enter");
  waitUntil("the session to take what is typed", [&] {
    session.terminal.type("x");
    return session.reached("x");
  });
  session.terminal.press("C-]");

  session.terminal.waitFor("detached from");
  CHECK_FALSE(session.reached("fg"));
}

TEST_CASE("in tmux a window that changes its size leaves the session as it is") {
  const Session session;

  session.terminal.resize(100, 40);
  session.terminal.type("after the change, in a line that would have been too long for the eighty columns of before");
  session.terminal.waitFor(
      "login: after the change, in a line that would have been too long for the eighty columns of");
  session.terminal.press("C-]");

  session.terminal.waitFor("detached from");
  CHECK(readText(session.recording()).find("\"r\", \"100x40\"]") != std::string::npos);
}

TEST_CASE("in tmux a session that ends with its VM leaves a terminal as it was") {
  const Session session;

  REQUIRE(session.daemon.api().post("/v1/vms/web/kill", {}, {{"Prefer", "wait=20"}}).status == 200);

  session.terminal.waitFor("has stopped]");
  session.checkThatTheShellIsBack();
}
