#include "daemon/domain/capabilities/record.hpp"

#include <fmt/format.h>

#include "api/core/size.hpp"
#include "daemon/domain/capabilities/rows.hpp"

namespace microvm {

namespace {

constexpr std::uint64_t kKrunkitMemory = 61'440 * kMiB;
constexpr unsigned kKrunkitCpus = 255;  // it counts them in a byte

std::span<const CapabilityRow> rowsOf(RunnerKind runner) {
  if (runner == RunnerKind::Krunkit) return krunkitRows();
  return runner == RunnerKind::Qemu ? qemuRows() : vfkitRows();
}

Capability capabilityOf(const CapabilityRow& row) {
  return {row.support, std::string(row.since), std::string(row.why), std::string(row.how)};
}

void takeAway(CapabilityRecord& record, Feature feature, std::string why, std::string how) {
  Capability& row = record.at(feature);
  if (row.support == Support::No) return;
  row = {Support::No, row.since, std::move(why), std::move(how)};
}

/// What a version before `since` does not have.
void applyVersion(CapabilityRecord& record) {
  const std::string_view program = programOf(record.target.runner);
  for (Capability& row : record.rows) {
    const auto since = parseVersion(row.since);
    if (row.support == Support::No || !since || record.target.version >= *since) continue;
    row.support = Support::No;
    row.why = fmt::format("{} has it since version {}, and this is {}", program, row.since,
                          formatVersion(record.target.version));
    row.how = fmt::format("update {}", program);
  }
}

void applyVfkitHost(CapabilityRecord& record) {
  const Host& host = record.target.host;
  if (host.system != HostSystem::Macos) {
    takeAway(record, Feature::Host, fmt::format("vfkit runs on macOS only, and the host is {}", formatHost(host)),
             "use runner qemu");
  }
  if (host.architecture == Architecture::Arm64) return;
  record.at(Feature::BootCompressedKernel) = {Support::Yes, "", "", ""};
  const std::string why = fmt::format("Rosetta needs Apple silicon, and the host is {}", formatHost(host));
  takeAway(record, Feature::Rosetta, why, "leave rosetta out: the guest runs x86-64 programs itself");
  takeAway(record, Feature::RosettaInstall, why, "leave rosetta out");
  takeAway(record, Feature::Nested, "nested virtualization needs Apple silicon, M3 or newer, and macOS 15",
           "leave nested out");
}

void applyKrunkitHost(CapabilityRecord& record) {
  const Host& host = record.target.host;
  if (host == Host{HostSystem::Macos, Architecture::Arm64}) return;
  takeAway(record, Feature::Host,
           fmt::format("krunkit runs on macOS on Apple silicon only, and the host is {}", formatHost(host)),
           host.system == HostSystem::Macos ? "use runner vfkit" : "use runner qemu");
}

void applyQemuHost(CapabilityRecord& record) {
  const RunnerTarget& target = record.target;
  if (target.host.architecture == Architecture::Amd64) {
    record.at(Feature::BootCompressedKernel) = {Support::Yes, "", "", ""};
  }
  if (target.accelerator != Accelerator::Kvm) {
    takeAway(record, Feature::Nested, fmt::format("a guest under {} has no virtualization", toText(target.accelerator)),
             "use a host with KVM, or leave nested out");
  }
  if (target.host.system != HostSystem::Macos) return;
  takeAway(record, Feature::ShareVirtiofs, "QEMU shares folders by virtiofsd, which macOS does not have",
           "use runner vfkit");
  for (const Feature feature : {Feature::VsockConnect, Feature::VsockListen, Feature::Timesync}) {
    takeAway(record, feature, "QEMU has vsock by vhost, which macOS does not have", "use runner vfkit");
  }
}

std::string machineOf(const RunnerTarget& target) {
  if (target.runner == RunnerKind::Vfkit) return "vz";
  if (target.runner == RunnerKind::Krunkit) return "libkrun";
  return target.host.architecture == Architecture::Arm64 ? "virt" : "q35";
}

}  // namespace

std::string_view toText(Support support) {
  switch (support) {
    case Support::Yes:
      return "yes";
    case Support::No:
      return "no";
    case Support::Partial:
      return "partial";
    case Support::External:
      return "external";
  }
  return "";
}

std::string refusalOf(const Capability& capability) {
  return capability.how.empty() ? capability.why : fmt::format("{}; {}", capability.why, capability.how);
}

CapabilityRecord recordOf(const RunnerTarget& target) {
  CapabilityRecord record;
  record.target = target;
  record.machine = machineOf(target);
  for (const CapabilityRow& row : rowsOf(target.runner))
    record.at(row.feature) = capabilityOf(row);
  if (target.runner == RunnerKind::Krunkit) record.limits = {kKrunkitMemory, kKrunkitCpus};
  applyVersion(record);
  if (target.runner == RunnerKind::Vfkit) applyVfkitHost(record);
  if (target.runner == RunnerKind::Krunkit) applyKrunkitHost(record);
  if (target.runner == RunnerKind::Qemu) applyQemuHost(record);
  return record;
}

void lower(CapabilityRecord& record, const HostFacts& facts) {
  const auto isMissing = [](const std::optional<bool>& fact) { return fact.has_value() && !*fact; };
  if (isMissing(facts.hasVhostVsock)) {
    for (const Feature feature : {Feature::VsockConnect, Feature::VsockListen, Feature::Timesync}) {
      takeAway(record, feature, "vsock needs /dev/vhost-vsock, which cannot be opened",
               "as root: modprobe vhost_vsock, and give this user read and write access to /dev/vhost-vsock");
    }
  }
  if (isMissing(facts.hasVirtiofsd)) {
    takeAway(record, Feature::ShareVirtiofs, "virtiofsd, which shares folders, is not installed",
             "install it: apt install virtiofsd, dnf install virtiofsd");
  }
  if (isMissing(facts.hasFirmware)) {
    takeAway(record, Feature::BootEfi, "no EFI firmware for QEMU is installed",
             record.target.host.architecture == Architecture::Arm64 ? "install it: apt install qemu-efi-aarch64"
                                                                    : "install it: apt install ovmf");
  }
  if (isMissing(facts.hasNestedGuests)) {
    takeAway(record, Feature::Nested, "this host's processor or system gives guests no virtualization",
             "leave nested out");
  }
  const auto smaller = [](auto& limit, const auto& fact) {
    if (fact && (limit == 0 || *fact < limit)) limit = *fact;
  };
  smaller(record.limits.memory, facts.memory);
  smaller(record.limits.cpus, facts.cpus);
}

}  // namespace microvm
