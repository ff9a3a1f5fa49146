#include "daemon/runner/rest/runner_probe.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
namespace fs = std::filesystem;

namespace {

/// A program that is a shell script, and notes each time it is run.
struct Script {
  explicit Script(const std::string& body) { write(body); }

  void write(const std::string& body) const {
    std::ofstream(path()) << "#!/bin/sh\necho \"$1\" >> " << folder.path() << "/calls\n" << body << "\n";
    fs::permissions(path(), fs::perms::owner_all);
  }
  [[nodiscard]] std::string path() const { return folder.path() + "/runner"; }
  [[nodiscard]] std::string calls() const { return readFile(folder.path() + "/calls", 4096).value_or(""); }

  test::TempDir folder;
};

}  // namespace

TEST_CASE("a runner is asked for its version once") {
  const Script script("echo 'vfkit version: v0.6.1'");
  RunnerProbe probe;

  CHECK(probe.recordOf(RunnerKind::Vfkit, script.path()).target.version == RunnerVersion{0, 6, 1});
  CHECK(probe.recordOf(RunnerKind::Vfkit, script.path()).at(Feature::Nested).support == Support::No);

  CHECK(script.calls() == "--version\n");
}

TEST_CASE("a runner that was replaced is asked again") {
  const Script script("echo 'vfkit version: v0.6.1'");
  RunnerProbe probe;
  (void)probe.recordOf(RunnerKind::Vfkit, script.path());

  script.write("echo 'vfkit version: v0.6.4, which is newer'");

  CHECK(probe.recordOf(RunnerKind::Vfkit, script.path()).target.version == RunnerVersion{0, 6, 4});
}

TEST_CASE("a runner that says nothing usable is taken for the newest") {
  for (const char* body : {"echo unknown", "exit 3", "echo 'krunkit 0.0.1' >&2"}) {
    CAPTURE(body);
    const Script script(body);
    CHECK(RunnerProbe().recordOf(RunnerKind::Krunkit, script.path()).target.version == kNewestKrunkit);
  }
  CHECK(RunnerProbe().recordOf(RunnerKind::Vfkit, "/nowhere/vfkit").target.version == kNewestVfkit);
}

TEST_CASE("vfkit-qemu reports what the host has") {
  const Script script(R"(echo '{"accelerator":"tcg","virtiofsd":null,"firmware":"/f","vsock":false}')");

  const auto record = RunnerProbe().recordOf(RunnerKind::Qemu, script.path());

  CHECK(script.calls() == "--probe\n");
  CHECK(record.target.accelerator == Accelerator::Tcg);
  CHECK(record.at(Feature::ShareVirtiofs).support == Support::No);
  CHECK(record.at(Feature::BootEfi).support == Support::Yes);
  CHECK(record.at(Feature::VsockConnect).support == Support::No);
}

TEST_CASE("a report that is something else changes nothing") {
  for (const char* text : {"", "no JSON", "[]", "{}", R"({"accelerator":7})"}) {
    CAPTURE(text);
    RunnerTarget target = usualTarget(RunnerKind::Qemu, {HostSystem::Linux, Architecture::Amd64});
    const RunnerTarget before = target;
    HostFacts facts;
    readQemuReport(text, target, facts);
    CHECK(target == before);
    CHECK_FALSE(facts.hasVirtiofsd.has_value());
  }
}
