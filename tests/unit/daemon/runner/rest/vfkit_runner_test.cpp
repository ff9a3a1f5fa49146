#include "daemon/runner/rest/vfkit_runner.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/runner/rest/rest_server.hpp"

using namespace microvm;

namespace {

std::string answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

Definition someDefinition() {
  Definition definition;
  definition.name = "web";
  definition.boot = LinuxBoot{"/k", {}, {}};
  return definition;
}

}  // namespace

TEST_CASE("the state is asked for and read") {
  RestServer server;
  const auto runner = makeVfkitRunner({});
  const auto text = answer("200 OK", R"({"canStop":true,"state":"VirtualMachineStateRunning"})");

  const auto state = server.run(text, runner->state(server.path()));

  REQUIRE(state);
  CHECK(*state == RunnerState::Running);
  CHECK(server.received.find("GET /vm/state HTTP/1.1\r\n") == 0);
}

TEST_CASE("a change is posted and an accepted one is a success") {
  RestServer server;
  const auto runner = makeVfkitRunner({});

  CHECK(server.run(answer("202 Accepted", ""), runner->change(server.path(), RunnerChange::Stop)));

  CHECK(server.received.find("POST /vm/state HTTP/1.1\r\n") == 0);
  CHECK(server.received.find("\r\n\r\n{\"state\":\"Stop\"}") != std::string::npos);
}

TEST_CASE("a refusal is the runner's failure with its text in one line") {
  RestServer server;
  const auto runner = makeVfkitRunner({});
  const auto text = answer("500 Internal Server Error", R"({"error":"Domain=VZ Code=3\nbad state\n"})");

  const auto changed = server.run(text, runner->change(server.path(), RunnerChange::Pause));

  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == Errc::RunnerFailed);
  CHECK(changed.error().detail == "the runner answered with status 500: Domain=VZ Code=3 bad state");
}

TEST_CASE("a reply lost after a hard stop is success, after anything else it is not") {
  RestServer server;
  const auto runner = makeVfkitRunner({});

  CHECK(server.run("", runner->change(server.path(), RunnerChange::HardStop)));
  const auto stopped = server.run("", runner->change(server.path(), RunnerChange::Stop));

  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Errc::Unreachable);
}

TEST_CASE("a hard stop that is passed on and whose reply is lost was accepted") {
  RestServer server;
  const auto runner = makeVfkitRunner({});
  const RunnerQuestion hard{"POST", "/vm/state", R"({"state":"HardStop"})"};
  const RunnerQuestion soft{"POST", "/vm/state", R"({"state":"Stop"})"};

  const auto taken = server.run("", runner->ask(server.path(), hard));

  REQUIRE(taken);
  CHECK(taken->status == 202);
  CHECK(server.run("", runner->ask(server.path(), soft)).error().code == Errc::Unreachable);
  CHECK(server.run(runner->ask("/nowhere/vfkit.sock", hard)).error().code == Errc::Unreachable);
}

TEST_CASE("nobody listening is unreachable, for a hard stop too") {
  RestServer server;
  const auto runner = makeVfkitRunner({});

  CHECK(server.run(runner->state("/nowhere/vfkit.sock")).error().code == Errc::Unreachable);
  CHECK(server.run(runner->change("/nowhere/vfkit.sock", RunnerChange::HardStop)).error().code == Errc::Unreachable);
}

TEST_CASE("an answer that is no HTTP or has no state is a broken protocol") {
  RestServer server;
  const auto runner = makeVfkitRunner({});

  CHECK(server.run("what?\r\n\r\n", runner->state(server.path())).error().code == Errc::Protocol);
  CHECK(server.run(answer("200 OK", "[]"), runner->state(server.path())).error().code == Errc::Protocol);
}

TEST_CASE("a runner that does not answer times out") {
  RestServer server;
  const auto runner = makeVfkitRunner({});

  const auto state =
      server.run(runner->state(server.path(), Milliseconds(50)));  // the listener takes it and nobody reads

  REQUIRE_FALSE(state);
  CHECK(state.error().code == Errc::Timeout);
}

TEST_CASE("a runner's program that is not there is named with a way out") {
  RunnerPrograms programs;
  programs.qemu = "/nowhere/vfkit-qemu";
  const auto runner = makeVfkitRunner(programs);
  auto definition = someDefinition();
  definition.runner = RunnerKind::Qemu;

  const auto line = runner->commandLine(definition, VmPaths{"/r", "/s"});

  REQUIRE_FALSE(line);
  CHECK(line.error().code == Errc::RunnerMissing);
  CHECK(line.error().detail == "cannot use the program /nowhere/vfkit-qemu: no such file or directory");
  CHECK(line.error().hint.find("--vfkit-qemu") != std::string::npos);
}

TEST_CASE("a command line begins with the program and names the socket") {
  const test::TempDir folder;
  RunnerPrograms programs;
  programs.vfkit = "/bin/sh";
  const auto runner = makeVfkitRunner(programs);
  auto definition = someDefinition();
  definition.runner = RunnerKind::Vfkit;
  const VmPaths paths{folder.path() + "/run", folder.path() + "/state"};

  const auto line = runner->commandLine(definition, paths);

  REQUIRE(line);
  CHECK(line->front() == "/bin/sh");
  CHECK(std::count(line->begin(), line->end(), "unix://" + paths.runnerSocket()) == 1);
  CHECK(std::count(line->begin(), line->end(), paths.runFolder + "/empty.cpio") == 1);
}
