// Consoles that print as fast as they can.
#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/pattern.hpp"

using namespace microvm::test;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

std::uint64_t endOf(const Daemon& daemon) {
  const auto answer = daemon.api().get("/v1/vms/web/console/log?tail=1");
  return std::stoull(answer.header("Microvm-Console-End"));
}

}  // namespace

TEST_CASE("offsets stay true while 64 MiB go through a small log") {
  constexpr auto kBytes = 64 * kMiB;
  const Daemon daemon;
  daemon.script({{"console", {{"pattern", kBytes}}}});
  daemon.createRunning("web", {{"console", {{"size", "1MiB"}, {"keep", 3}}}});

  daemon.waitForCall("pattern");
  waitUntil("the last byte", [&] { return endOf(daemon) == kBytes; });

  const auto log = consoleLog(daemon.api(), "web");
  CHECK(log.end == kBytes);
  CHECK(log.end - log.start <= 4 * kMiB);
  CHECK(log.end - log.start >= 2 * kMiB);
  CHECK((log.bytes == consolePattern(log.start, log.end - log.start)));
  const auto old = daemon.api().get("/v1/vms/web/console/log?offset=0");
  CHECK(old.header("Microvm-Console-Offset") == old.header("Microvm-Console-Start"));
}

TEST_CASE("a viewer that does not read stalls neither the guest nor others") {
  constexpr auto kBytes = 16 * kMiB;
  const Daemon daemon;
  daemon.script({{"console", {{"pattern", kBytes}, {"patternOn", "go"}}}});
  daemon.createRunning("web", {{"console", {{"size", "8MiB"}, {"keep", 4}}}});
  ConsoleViewer slow(daemon.api(), "web");
  ConsoleViewer quick(daemon.api(), "web");

  daemon.give("go");
  CHECK((quick.readBytes(kBytes) == consolePattern(0, kBytes)));
  daemon.waitForCall("pattern");

  CHECK((slow.readBytes(kBytes) == consolePattern(0, kBytes)));
}

TEST_CASE("the API answers while a console floods") {
  const Daemon daemon;
  daemon.script({{"console", {{"pattern", 64 * kMiB}, {"patternOn", "go"}}}});
  daemon.createRunning("web");
  ConsoleViewer viewer(daemon.api(), "web");
  daemon.give("go");

  for (int i = 0; i < 50; ++i)
    CHECK(daemon.api().get("/v1/vms").status == 200);

  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
}
