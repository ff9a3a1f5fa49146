// A real guest's console: numbered lines that nobody may lose, and a terminal that is the guest's.
#include "tests/support/console.hpp"

#include <doctest/doctest.h>

#include "tests/support/guest.hpp"
#include "tests/support/program.hpp"
#include "tests/support/socket_viewer.hpp"
#include "tests/support/terminals/terminal.hpp"

using namespace microvm::test;

namespace {

constexpr std::uint64_t kFirst = 100'000'000'000'000;  // 15 digits: a line has 16 bytes
constexpr std::uint64_t kLines = 128 * 1024;

std::string numberedLines() {
  std::string lines;
  for (std::uint64_t number = kFirst; number < kFirst + kLines; ++number)
    lines += std::to_string(number) + "\n";
  return lines;
}

std::uint64_t endOf(const Daemon& daemon) {
  return daemon.api().get("/v1/vms/web/console/status").json().at("end");
}

}  // namespace

TEST_CASE("numbered lines reach the log and viewers that come, stall and reconnect while the daemon is killed") {
  Daemon daemon(realRunner());
  daemon.createRunning("web", guestSpec());
  std::uint64_t begin = 0;
  {
    ConsoleViewer console(daemon.api(), "web");
    runInGuest(console, "stty -opost -echo");
    begin = endOf(daemon);
    console.type("echo be''gin; seq " + std::to_string(kFirst) + " " + std::to_string(kFirst + kLines - 1) + "\n");
    const auto all = console.readUntil("begin\n");
    begin = all.find("begin\n") + 6;
  }
  const std::string host = "unix://" + daemon.api().socket();
  const auto last = std::to_string(kFirst + kLines - 1) + "$";
  Program viewer(builtProgram("microvmctl"), {"--host", host, "console", "web", "--read-only", "--offset",
                                              std::to_string(begin), "--until", last, "--timeout", "200s"});

  for (std::uint64_t kill = 1; kill <= 3; ++kill) {
    const auto more = [&] { return endOf(daemon) > begin + kill * kLines * 16 / 4; };
    waitUntil("more lines", more, std::chrono::seconds(100));
    const SocketViewer stalled(daemon.api(), "web", "offset=" + std::to_string(begin));
    daemon.kill9();
    daemon.start();
  }
  const auto seen = viewer.finish(std::chrono::seconds(200));
  SocketViewer late(daemon.api(), "web", "offset=" + std::to_string(begin));
  late.readTo(begin + kLines * 16);

  const auto wanted = numberedLines();
  CHECK(seen.code == 0);
  CHECK((seen.out.substr(0, wanted.size()) == wanted));
  CHECK((late.pieces().front().bytes.substr(0, wanted.size()) == wanted));
}

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
  // Told a second after it has begun to sleep: a control-C between the shell's fork and its exec would be lost.
  session.type("(sleep 1; echo sle''eping) & sleep 1000\r");
  session.readUntil("sleeping");
  session.type("\x03");
  session.readUntil("microvm# ");
  session.type("echo still he''re\r");
  session.readUntil("still here");

  session.type("\x1d");

  CHECK(session.finish() == 0);
  CHECK(daemon.api().state("web") == "running");
}
