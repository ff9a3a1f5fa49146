#include "daemon/domain/capabilities/check.hpp"

#include <fmt/format.h>

#include "api/core/size.hpp"

namespace microvm {

namespace {

void answer(const Ask& ask, const CapabilityRecord& record, Findings& findings) {
  const Capability& row = record.at(ask.feature);
  switch (row.support) {
    case Support::Yes:
      return;
    case Support::External:
      findings.warnings.push_back({ask.pointer, ask.remark.empty() ? refusalOf(row) : row.why + "; " + ask.remark});
      return;
    case Support::No:
    case Support::Partial:
      findings.errors.push_back({ask.pointer, refusalOf(row)});
      return;
  }
}

void checkLimits(const Definition& definition, const CapabilityRecord& record, Findings& findings) {
  const std::string_view program = programOf(record.target.runner);
  if (record.limits.memory != 0 && definition.memory > record.limits.memory) {
    findings.errors.push_back({"/spec/memory", fmt::format("{} is more than {} can give a guest here; give at most {}",
                                                           formatSize(definition.memory), program,
                                                           formatSize(record.limits.memory / kMiB * kMiB))});
  }
  if (record.limits.cpus != 0 && definition.cpus > record.limits.cpus) {
    findings.errors.push_back({"/spec/cpus", fmt::format("{} are more than {} can give a guest here; give at most {}",
                                                         definition.cpus, program, record.limits.cpus)});
  }
}

/// Members that are taken and do less than one may think.
void warnOfVolumes(const Definition& definition, Findings& findings) {
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) {
    const auto* image = std::get_if<ImageFile>(&definition.volumes[i].source);
    if (image == nullptr || image->autoCreate || image->fsType.empty()) continue;
    findings.warnings.push_back({fmt::format("/spec/volumes/{}/fsType", i),
                                 "is used only when autoCreate makes the image, and autoCreate is off"});
  }
}

void warnOfShares(const Definition& definition, const Host& host, Findings& findings) {
  if (host.system != HostSystem::Macos) return;
  for (std::size_t i = 0; i < definition.shares.size(); ++i) {
    if (definition.shares[i].source != "/nix/store") continue;
    findings.warnings.push_back(
        {fmt::format("/spec/shares/{}/source", i),
         "a Nix store on macOS has file names that were changed for a file system without letter case, and the guest "
         "sees those; give the store as a read-only volume"});
  }
}

/// What stands beside a switch that is off.
void warnOfIdle(const Definition& definition, Findings& findings) {
  const auto warnIf = [&](bool isGiven, std::string_view object, std::string_view member) {
    if (!isGiven) return;
    findings.warnings.push_back(
        {fmt::format("/spec/{}/{}", object, member),
         fmt::format("has no effect: {}.enable is false; set it, or leave {} out", object, member)});
  };
  if (!definition.graphics.enable) {
    const Graphics usual;
    warnIf(definition.graphics.width != usual.width, "graphics", "width");
    warnIf(definition.graphics.height != usual.height, "graphics", "height");
  }
  if (!definition.rosetta.enable) {
    const Rosetta usual;
    warnIf(definition.rosetta.mountTag != usual.mountTag, "rosetta", "mountTag");
    warnIf(definition.rosetta.mountPoint != usual.mountPoint, "rosetta", "mountPoint");
    warnIf(definition.rosetta.install, "rosetta", "install");
    warnIf(definition.rosetta.ignoreIfMissing, "rosetta", "ignoreIfMissing");
  }
}

void warnOfRunner(const Definition& definition, const CapabilityRecord& record, Findings& findings) {
  const RunnerKind runner = record.target.runner;
  if (record.at(Feature::ConsoleInput).support != Support::Yes) {
    findings.warnings.push_back({"/spec/runner", refusalOf(record.at(Feature::ConsoleInput))});
  }
  if (definition.logLevel == RunnerLogLevel::Error && runner != RunnerKind::Krunkit) {
    findings.warnings.push_back(
        {"/spec/logLevel", "the runner gets info: it names the console's terminal in a line of that level"});
  }
  if (!definition.rosetta.enable) return;
  if (definition.rosetta.install) {
    findings.warnings.push_back({"/spec/rosetta/install",
                                 "macOS may ask in a window, and the start waits for the answer; install it once with: "
                                 "softwareupdate --install-rosetta"});
  }
  if (definition.rosetta.ignoreIfMissing && !definition.rosetta.install) {
    findings.warnings.push_back(
        {"/spec/rosetta/ignoreIfMissing", "matters only together with install: vfkit looks at it after installing"});
  }
}

}  // namespace

Findings check(const Definition& definition, const CapabilityRecord& record, const std::vector<Ask>& further) {
  Findings findings;
  for (const Ask& ask : asksOf(definition))
    answer(ask, record, findings);
  for (const Ask& ask : further)
    answer(ask, record, findings);
  checkLimits(definition, record, findings);
  warnOfVolumes(definition, findings);
  warnOfShares(definition, record.target.host, findings);
  warnOfIdle(definition, findings);
  warnOfRunner(definition, record, findings);
  return findings;
}

}  // namespace microvm
