#include "daemon/domain/capabilities/record.hpp"

#include <doctest/doctest.h>

#include "daemon/domain/capabilities/rows.hpp"

using namespace microvm;

namespace {

constexpr Host kMac{HostSystem::Macos, Architecture::Arm64};
constexpr Host kIntelMac{HostSystem::Macos, Architecture::Amd64};
constexpr Host kLinux{HostSystem::Linux, Architecture::Amd64};

Capability at(RunnerKind runner, const Host& host, Feature feature) {
  return recordOf(usualTarget(runner, host)).at(feature);
}

Support vfkitHas(RunnerVersion version, Feature feature) {
  RunnerTarget target = usualTarget(RunnerKind::Vfkit, kMac);
  target.version = version;
  return recordOf(target).at(feature).support;
}

}  // namespace

TEST_CASE("every table has a row for every feature, once, and a sentence where it refuses") {
  for (const auto rows : {vfkitRows(), krunkitRows(), qemuRows()}) {
    REQUIRE(rows.size() == kFeatures);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CAPTURE(nameOf(rows[i].feature).title);
      CHECK(static_cast<std::size_t>(rows[i].feature) == i);
      CHECK(rows[i].why.empty() == (rows[i].support == Support::Yes));
      CHECK_FALSE(rows[i].why.ends_with('.'));
      CHECK_FALSE(rows[i].how.ends_with('.'));
      if (!rows[i].since.empty()) CHECK(parseVersion(rows[i].since).has_value());
    }
  }
}

TEST_CASE("feature names stand in the enumeration's order") {
  for (std::size_t i = 0; i < kFeatures; ++i)
    CHECK(static_cast<std::size_t>(featureNames()[i].feature) == i);
}

TEST_CASE("what a version brought is refused before it, and named") {
  CHECK(vfkitHas({0, 6, 0}, Feature::VolumeNbd) == Support::Yes);
  CHECK(vfkitHas({0, 5, 1}, Feature::VolumeNbd) == Support::No);
  CHECK(vfkitHas({0, 6, 0}, Feature::CloudInit) == Support::No);
  CHECK(vfkitHas({0, 6, 1}, Feature::CloudInit) == Support::Yes);
  CHECK(vfkitHas({0, 6, 1}, Feature::CloudInitNetwork) == Support::No);
  CHECK(vfkitHas({0, 6, 2}, Feature::CloudInitNetwork) == Support::Yes);
  CHECK(vfkitHas({0, 6, 1}, Feature::Nested) == Support::No);
  CHECK(vfkitHas({0, 6, 4}, Feature::Nested) == Support::Yes);
  RunnerTarget old = usualTarget(RunnerKind::Vfkit, kMac);
  old.version = {0, 6, 1};
  CHECK(refusalOf(recordOf(old).at(Feature::VolumeDevice)) ==
        "vfkit has it since version 0.6.2, and this is 0.6.1; update vfkit");
}

TEST_CASE("a host that a runner does not run on says so") {
  CHECK(refusalOf(at(RunnerKind::Vfkit, kLinux, Feature::Host)) ==
        "vfkit runs on macOS only, and the host is linux-amd64; use runner qemu");
  CHECK(refusalOf(at(RunnerKind::Krunkit, kIntelMac, Feature::Host)) ==
        "krunkit runs on macOS on Apple silicon only, and the host is darwin-amd64; use runner vfkit");
  CHECK(at(RunnerKind::Qemu, kMac, Feature::Host).support == Support::Yes);
}

TEST_CASE("rosetta is for Apple silicon and Apple's framework") {
  CHECK(at(RunnerKind::Vfkit, kMac, Feature::Rosetta).support == Support::Yes);
  CHECK(at(RunnerKind::Vfkit, kIntelMac, Feature::Rosetta).support == Support::No);
  CHECK(at(RunnerKind::Qemu, kMac, Feature::Rosetta).support == Support::No);
}

TEST_CASE("QEMU lacks on macOS what the kernel of Linux does") {
  CHECK(at(RunnerKind::Qemu, kLinux, Feature::VsockConnect).support == Support::Yes);
  CHECK(at(RunnerKind::Qemu, kMac, Feature::VsockConnect).support == Support::No);
  CHECK(at(RunnerKind::Qemu, kMac, Feature::ShareVirtiofs).support == Support::No);
  RunnerTarget slow = usualTarget(RunnerKind::Qemu, kLinux);
  CHECK(recordOf(slow).at(Feature::Nested).support == Support::Yes);
  slow.accelerator = Accelerator::Tcg;
  CHECK(refusalOf(recordOf(slow).at(Feature::Nested)) ==
        "a guest under tcg has no virtualization; use a host with KVM, or leave nested out");
}

TEST_CASE("facts only take away") {
  CapabilityRecord record = recordOf(usualTarget(RunnerKind::Qemu, kLinux));
  const CapabilityRecord before = record;
  HostFacts facts;
  lower(record, facts);
  CHECK(record.rows == before.rows);

  facts.hasVhostVsock = facts.hasVirtiofsd = facts.hasFirmware = facts.hasNestedGuests = true;
  lower(record, facts);
  CHECK(record.rows == before.rows);

  facts.hasVhostVsock = facts.hasVirtiofsd = facts.hasFirmware = facts.hasNestedGuests = false;
  facts.cpus = 4;
  facts.memory = 8 * kGiB;
  lower(record, facts);
  for (const Feature feature :
       {Feature::VsockConnect, Feature::Timesync, Feature::ShareVirtiofs, Feature::BootEfi, Feature::Nested}) {
    CHECK(record.at(feature).support == Support::No);
    CHECK_FALSE(record.at(feature).how.empty());
  }
  CHECK(record.at(Feature::Ignition).support == Support::Yes);  // fw_cfg needs nothing of the host
  CHECK(record.limits == Limits{8 * kGiB, 4});
  // What was refused before keeps its own sentence.
  CHECK(record.at(Feature::Rosetta) == before.at(Feature::Rosetta));
}
