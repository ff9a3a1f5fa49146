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

TEST_CASE("a condition that there is not is exit code 2, and those there are stand beside it") {
  for (const char* wanted : {"condition=Foo", "condition=Ready=Perhaps", "xyz"}) {
    const auto result = ctl("/tmp/no-such-daemon.sock", {"wait", "web", "--for", wanted});

    CHECK(result.code == 2);
    CHECK(mentions(result.err, "--for: there is no condition"));
    CHECK(mentions(result.err, "condition=NAME"));
  }
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

TEST_CASE("a definition is applied: created, planned, changed, and told what waits for the next start") {
  const Daemon daemon;
  const auto file = definitionFile(daemon, "web");
  REQUIRE(mentions(ctl(daemon, {"apply", "-f", file, "--dry-run"}).out, "web: is created"));
  REQUIRE(ctl(daemon, {"apply", "-f", file}).code == 0);
  REQUIRE(ctl(daemon, {"start", "--wait", "web"}).code == 0);
  daemon.folder().write("web.yaml", readText(file) + "labels: { team: infra }\nstop: { timeout: 5s }\n");

  const auto plan = ctl(daemon, {"apply", "--dry-run", "-f", file});
  const auto applied = ctl(daemon, {"apply", "-f", file});
  const auto again = ctl(daemon, {"apply", "-f", file});
  const auto set = ctl(daemon, {"set", "web", "cpus=2", "labels.team=", "restart.policy=always"});

  CHECK(plan.out ==
        "web: 2 changes\n"
        "  /metadata/labels/team: \"infra\" (new, at once)\n"
        "  /spec/stop/timeout: \"30s\" -> \"5s\" (at once)\n");
  CHECK(applied.code == 0);
  CHECK(mentions(applied.err, "changed \"web\""));
  CHECK(mentions(again.err, "unchanged"));
  CHECK_MESSAGE(set.code == 0, set.err);
  CHECK(mentions(set.err, "at its next start: /spec/cpus"));
  const auto vm = daemon.api().vm("web");
  CHECK(vm.at("spec").at("cpus") == 2);
  CHECK(vm.at("spec").at("restart").at("policy") == "always");
  CHECK(vm.at("metadata").at("labels").empty());
}

TEST_CASE("by the command line VMs are renamed, cloned, protected and selected by labels") {
  const Daemon daemon;
  REQUIRE(ctl(daemon, {"create", "-f", definitionFile(daemon, "web")}).code == 0);

  CHECK(ctl(daemon, {"rename", "web", "db"}).code == 0);
  CHECK(ctl(daemon, {"clone", "db", "db-2"}).code == 0);
  CHECK(ctl(daemon, {"set", "db-2", "labels.team=infra"}).code == 0);
  CHECK(ctl(daemon, {"list", "-q", "-l", "team=infra"}).out == "db-2\n");
  CHECK(ctl(daemon, {"list", "-q", "--sort", "-name"}).out == "db-2\ndb\n");
  CHECK(ctl(daemon, {"protect", "db"}).code == 0);
  const auto refused = ctl(daemon, {"delete", "--force", "db"});
  CHECK(refused.code == 5);
  CHECK(mentions(refused.err, "microvmctl unprotect db"));
  CHECK(ctl(daemon, {"unprotect", "db"}).code == 0);
  CHECK(ctl(daemon, {"delete", "db"}).code == 0);
}

TEST_CASE("what cannot be set is refused with the way out") {
  const Daemon daemon;
  REQUIRE(ctl(daemon, {"create", "-f", definitionFile(daemon, "web")}).code == 0);

  CHECK(ctl(daemon, {"set", "web", "cpus"}).code == 2);
  CHECK(mentions(ctl(daemon, {"set", "web", "name=db"}).err, "microvmctl rename"));
  CHECK(mentions(ctl(daemon, {"set", "web", "cpu=2"}).err, "/spec/cpu"));
  CHECK(ctl(daemon, {"apply"}).code == 2);
  CHECK(ctl(daemon, {"list", "-l", "="}).code == 1);
}
