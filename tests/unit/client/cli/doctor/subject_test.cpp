#include "client/cli/doctor/subject.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kSocket = "/run/user/1000/microvm/api.sock";
const Error kUnreachable{Errc::Unreachable, "cannot reach the daemon", {}, {}};

Json server(const Json& runner) {
  return {{"version", "0.1.0"}, {"pid", 7}, {"stateFolder", "/state"}, {"runFolder", "/run/me"}, {"runner", runner}};
}

}  // namespace

TEST_CASE("a daemon's word counts: its folders, its runner") {
  PaperHost host = goodLinux();
  host.programs["vfkit-qemu"] = "/usr/bin/vfkit-qemu";
  host.answers["/opt/bin/vfkit-qemu --version"] = {0, "vfkit version: v0.6.4 (vfkit-qemu 0.1.0)\n", {}};
  host.answers["/opt/bin/vfkit-qemu --probe"] = {
      0,
      R"({"version": "0.1.0", "qemu": "/q", "qemuVersion": "8.0.0", "accelerator": "kvm", "why": "w", "virtiofsd": null})",
      {}};

  const auto subject = survey(host, "0.1.0", kSocket, server({{"program", "/opt/bin/vfkit-qemu"}}));

  REQUIRE(subject.daemon);
  CHECK(subject.daemon->pid == 7);
  CHECK(subject.stateFolder == "/state");
  CHECK(subject.runFolder == "/run/me");
  CHECK(subject.runner == "/opt/bin/vfkit-qemu");
  REQUIRE(subject.runnerVersion);
  REQUIRE(subject.probe);
  CHECK(subject.probe->qemuVersion == "8.0.0");
  CHECK(subject.probe->virtiofsd.empty());
}

TEST_CASE("a daemon's problem with its runner is the problem, whatever this shell would find") {
  PaperHost host = goodLinux();
  host.programs["vfkit-qemu"] = "/usr/bin/vfkit-qemu";

  const auto subject = survey(host, "0.1.0", kSocket, server({{"problem", "cannot use the program /gone"}}));

  CHECK(subject.runner.empty());
  CHECK(subject.runnerProblem == "cannot use the program /gone");
  CHECK(host.ran.empty());
}

TEST_CASE("without a daemon the defaults are examined") {
  PaperHost host = goodLinux();
  host.programs["vfkit-qemu"] = "/usr/bin/vfkit-qemu";

  const auto subject = survey(host, "0.1.0", kSocket, kUnreachable);

  CHECK_FALSE(subject.daemon);
  CHECK(subject.daemonProblem == "cannot reach the daemon");
  CHECK(subject.runFolder == "/run/user/1000/microvm");
  CHECK(subject.stateFolder.starts_with("/home/me/"));
  CHECK(subject.runner == "/usr/bin/vfkit-qemu");
  CHECK(subject.versionProblem == "/usr/bin/vfkit-qemu did not end within 2s");
  CHECK(subject.probeProblem == "/usr/bin/vfkit-qemu did not end within 6s");
}

TEST_CASE("on a Mac the runner is vfkit, and it is not probed") {
  PaperHost host = goodMac();
  host.programs["vfkit"] = "/opt/homebrew/bin/vfkit";

  const auto subject = survey(host, "0.1.0", kSocket, kUnreachable);

  CHECK(subject.runner == "/opt/homebrew/bin/vfkit");
  CHECK(host.ran == std::vector<std::string>{"/opt/homebrew/bin/vfkit --version"});
}

TEST_CASE("a runner that is not found is not asked") {
  PaperHost host = goodLinux();

  const auto subject = survey(host, "0.1.0", kSocket, kUnreachable);

  CHECK(subject.runnerProblem == "vfkit-qemu is neither in /opt/bin nor in a folder of PATH");
  CHECK(host.ran.empty());
}

TEST_CASE("a daemon that says nonsense is examined for what it does say") {
  const auto subject = survey(goodLinux(), "0.1.0", kSocket, Json{{"version", 1}, {"pid", "x"}, {"runner", "y"}});

  CHECK(subject.daemon->version.empty());
  CHECK(subject.daemon->pid == 0);
}

TEST_CASE("a probe is a report or it is not") {
  CHECK(parseProbe(R"({"accelerator": null, "why": "no QEMU"})")->why == "no QEMU");
  for (const char* const text : {"", "usage: ...", "[]", "{}", "{\"version\": 1}"})
    CHECK_FALSE(parseProbe(text));
}
