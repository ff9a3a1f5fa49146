// An interface that a program of the VM's own serves, through the whole chain and with a real guest.
#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/guest.hpp"
#include "tests/support/waiting.hpp"

using namespace microvm::test;

namespace {

/// Answers who has 192.0.2.1, and says so. Its end of the pair is descriptor 3.
constexpr const char* kHelper = R"(import os, socket, sys
pair = socket.socket(fileno=3)
print("helper", os.getpid(), *sys.argv[1:], flush=True)
ours, address = bytes([2, 0, 0, 0, 0, 1]), bytes([192, 0, 2, 1])
while True:
    frame = pair.recv(65536)
    if frame[12:14] == b"\x08\x06" and frame[38:42] == address:
        answer = frame[6:12] + ours + frame[12:20] + b"\x00\x02" + ours + address + frame[22:32]
        pair.send(answer.ljust(60, b"\x00"))
)";

std::string runnerLog(const Daemon& daemon) {
  return daemon.api().get("/v1/vms/web/runner-log").text;
}

/// The pid that the helper told last.
int helperPid(const Daemon& daemon) {
  const auto log = runnerLog(daemon);
  const auto at = log.rfind("helper ");
  return at == std::string::npos ? 0 : std::stoi("0" + log.substr(at + 7, log.find(' ', at + 7) - at - 7));
}

bool isAnswered(ConsoleViewer& console) {
  return runInGuest(console, "arping -I eth0 -c 20 -w 20 -f 192.0.2.1").find("02:00:00:00:00:01") != std::string::npos;
}

}  // namespace

TEST_CASE("a guest's network is served by a helper that the VM brings, and by its successor") {
  const Daemon daemon(realRunner());
  const auto script = daemon.folder().write("helper.py", kHelper);
  const Json helper{"/usr/bin/python3", script, "two words"};
  const Json interface {
    {"type", "fd"}, {"mac", "02:00:00:00:00:77"}, { "helper", helper }
  };
  daemon.createRunning("web", guestSpec({{"interfaces", {interface}}}));
  ConsoleViewer console(daemon.api(), "web");
  console.readUntil(kGuestIsUp);
  runInGuest(console, "ifconfig eth0 192.0.2.2 up");

  CHECK(isAnswered(console));
  const int first = helperPid(daemon);
  REQUIRE(first > 1);
  CHECK(runnerLog(daemon).find("helper " + std::to_string(first) + " two words\n") != std::string::npos);

  REQUIRE(::kill(first, SIGKILL) == 0);
  waitUntil("the helper's successor", [&] { return helperPid(daemon) != first; });
  CHECK(isAnswered(console));
  CHECK(runnerLog(daemon).find("ended with signal 9; it is started again in 1 s") != std::string::npos);

  const int second = helperPid(daemon);
  REQUIRE(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=60"}}).status == 200);
  CHECK(::kill(second, 0) != 0);
}

TEST_CASE("a helper that is not there is named before anything starts") {
  const Daemon daemon(realRunner());
  const Json interface {
    {"type", "fd"}, {
      "helper", {
        "/no/such/helper"
      }
    }
  };

  const auto answer = daemon.api().post("/v1/vms", daemon.definition("web", guestSpec({{"interfaces", {interface}}})));

  CHECK(answer.status >= 400);
  CHECK(answer.text.find("/spec/interfaces/0/helper/0") != std::string::npos);
  CHECK(answer.text.find("/no/such/helper") != std::string::npos);
}
