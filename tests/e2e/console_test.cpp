// A real guest's console in a terminal that is the guest's.
#include "tests/support/console.hpp"

#include <doctest/doctest.h>

#include "tests/support/guest.hpp"
#include "tests/support/program.hpp"
#include "tests/support/terminal.hpp"

using namespace microvm::test;

TEST_CASE("in a terminal control-C is the guest's, and the guest goes on when it is left") {
  const Daemon daemon(realRunner());
  daemon.createRunning("web", guestSpec());
  {
    ConsoleViewer console(daemon.api(), "web");
    runInGuest(console, "true");
  }
  TerminalProgram session(builtProgram("microvmctl"),
                          {"--host", "unix://" + daemon.api().socket(), "console", "--tail", "10", "web"});
  session.readUntil("microvm# ");
  session.type("echo sle''eping; sleep 1000\r");
  session.readUntil("sleeping");
  session.type("\x03");
  session.readUntil("microvm# ");
  session.type("echo still he''re\r");
  session.readUntil("still here");

  session.type("\x1d");

  CHECK(session.finish() == 0);
  CHECK(daemon.api().state("web") == "running");
}
