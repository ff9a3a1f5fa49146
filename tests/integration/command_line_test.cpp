// microvmctl against the real daemon: its output, exit codes and words.
#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ProgramResult ctl(const std::string& socket, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--host", "unix://" + socket});
  return runProgram(builtProgram("microvmctl"), std::move(arguments));
}

ProgramResult ctl(const Daemon& daemon, std::vector<std::string> arguments) {
  return ctl(daemon.api().socket(), std::move(arguments));
}

std::string definitionFile(const Daemon& daemon, const std::string& name) {
  return daemon.folder().write(
      name + ".yaml",
      "name: " + name + "\ncpus: 1\nmemory: 64MiB\nboot:\n  linux:\n    kernel: ./kernel\n    initrd: ./initrd\n");
}

}  // namespace

TEST_CASE("a VM goes through its life from the command line") {
  const Daemon daemon;
  const auto file = definitionFile(daemon, "web");

  const auto created = ctl(daemon, {"create", "-f", file});
  REQUIRE_MESSAGE(created.code == 0, created.err);
  CHECK(ctl(daemon, {"start", "--wait", "web"}).code == 0);
  CHECK(daemon.api().state("web") == "running");
  const auto listed = ctl(daemon, {"list"});
  CHECK(listed.code == 0);
  CHECK(mentions(listed.out, "web"));
  CHECK(mentions(listed.out, "running"));
  CHECK(ctl(daemon, {"stop", "web"}).code == 0);
  CHECK(daemon.api().state("web") == "stopped");
  CHECK(ctl(daemon, {"delete", "web"}).code == 0);
  CHECK(daemon.api().state("web").empty());
}

TEST_CASE("no daemon is exit code 3, and the socket is named") {
  const auto result = ctl("/tmp/no-such-daemon.sock", {"list"});

  CHECK(result.code == 3);
  CHECK(mentions(result.err, "/tmp/no-such-daemon.sock"));
  CHECK(result.out.empty());
}

TEST_CASE("an unknown command is exit code 2") {
  const auto result = runProgram(builtProgram("microvmctl"), {"frobnicate"});

  CHECK(result.code == 2);
  CHECK(mentions(result.err, "frobnicate"));
}

TEST_CASE("an unknown VM is exit code 4") {
  const Daemon daemon;

  const auto result = ctl(daemon, {"start", "none"});

  CHECK(result.code == 4);
  CHECK(mentions(result.err, "none"));
}

TEST_CASE("a name that is taken is exit code 5") {
  const Daemon daemon;
  daemon.create("web");

  const auto result = ctl(daemon, {"create", "-f", definitionFile(daemon, "web")});

  CHECK(result.code == 5);
  CHECK(mentions(result.err, "web"));
}

TEST_CASE("a start that fails is exit code 1 with the runner's words") {
  const Daemon daemon;
  daemon.script({{"end", {{"after", 0}, {"code", 1}, {"stderr", "no entitlement\n"}}}});
  daemon.create("web");

  const auto result = ctl(daemon, {"start", "--wait", "web"});

  CHECK(result.code == 1);
  CHECK(mentions(result.err, "no entitlement"));
}

TEST_CASE("a definition with an unknown member is refused with its pointer") {
  const Daemon daemon;
  const auto file = daemon.folder().write("odd.yaml", "name: odd\nsurprise: 1\nboot: {linux: {kernel: ./kernel}}\n");

  const auto result = ctl(daemon, {"create", "-f", file});

  CHECK(result.code.value_or(0) != 0);
  CHECK(mentions(result.err, "surprise"));
}

TEST_CASE("the console log is printed byte for byte") {
  const Daemon daemon;
  daemon.script({{"console", {{"boot", "hello from the guest\n"}}}});
  daemon.createRunning("web");
  waitUntil("the output", [&] { return !daemon.api().get("/v1/vms/web/console/log").text.empty(); });

  const auto result = ctl(daemon, {"logs", "web"});

  CHECK(result.code == 0);
  CHECK(result.out == "hello from the guest\n");
}
