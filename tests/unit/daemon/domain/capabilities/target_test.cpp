#include "daemon/domain/capabilities/target.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a version is found in what a runner says") {
  CHECK(parseVersion("vfkit version: v0.6.4\n") == RunnerVersion{0, 6, 4});
  CHECK(parseVersion("0.5.1") == RunnerVersion{0, 5, 1});
  CHECK(parseVersion("vfkit version: v0.6.3-12-gabc1234-dirty") == RunnerVersion{0, 6, 3});
  CHECK(parseVersion("krunkit 1.2.1") == RunnerVersion{1, 2, 1});
  CHECK_FALSE(parseVersion("vfkit version: b2bc27e").has_value());
  CHECK_FALSE(parseVersion("unknown").has_value());
  CHECK(RunnerVersion{0, 6, 10} > RunnerVersion{0, 6, 4});
  CHECK(formatVersion({0, 6, 2}) == "0.6.2");
}

TEST_CASE("hosts and runners are read back as they are written") {
  for (const char* name : {"darwin-arm64", "darwin-amd64", "linux-amd64", "linux-arm64"}) {
    const auto host = parseHost(name);
    REQUIRE(host.has_value());
    CHECK(formatHost(*host) == name);
  }
  CHECK(parseHost("macos").error().detail ==
        "\"macos\" is not a host; use darwin-arm64, darwin-amd64, linux-amd64 or linux-arm64");
  CHECK(parseRunner("krunkit").value() == RunnerKind::Krunkit);
  CHECK(parseRunner("kvm").error().code == Errc::Usage);
}

TEST_CASE("auto is what the host has") {
  CHECK(runnerOn({HostSystem::Macos, Architecture::Arm64}, RunnerKind::Auto) == RunnerKind::Vfkit);
  CHECK(runnerOn({HostSystem::Linux, Architecture::Arm64}, RunnerKind::Auto) == RunnerKind::Qemu);
  CHECK(runnerOn({HostSystem::Linux, Architecture::Arm64}, RunnerKind::Vfkit) == RunnerKind::Vfkit);
}
