#include "daemon/domain/definition.hpp"

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/text.hpp"
#include "daemon/domain/boot_rules.hpp"
#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/device_rules.hpp"
#include "daemon/domain/policy_rules.hpp"
#include "daemon/domain/readiness_rules.hpp"
#include "daemon/domain/text_rules.hpp"
#include "daemon/domain/volume_rules.hpp"

namespace microvm {

namespace {

constexpr std::uint64_t kLeastMemory = 64 * kMiB;
constexpr std::uint64_t kMostMemory = 1024 * kGiB;
constexpr Milliseconds kShortestStop{100};
constexpr Milliseconds kLongestStop{3'600'000};

using Errors = std::vector<FieldError>;

void checkName(const std::string& name, Errors& errors) {
  if (isVmName(name)) return;
  errors.push_back(
      {"/metadata/name",
       fmt::format("{} cannot be a name; use 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends",
                   inQuotes(name))});
}

void checkResources(const Definition& definition, Errors& errors) {
  if (definition.cpus < 1 || definition.cpus > kMostCpus) {
    errors.push_back({"/spec/cpus", fmt::format("{} is out of range; give 1 to {}", definition.cpus, kMostCpus)});
  }
  const std::uint64_t memory = definition.memory;
  if (memory < kLeastMemory || memory > kMostMemory) {
    errors.push_back({"/spec/memory", fmt::format("{} is out of range; give {} to {}", formatSize(memory),
                                                  formatSize(kLeastMemory), formatSize(kMostMemory))});
  } else if (memory % kMiB != 0) {
    errors.push_back({"/spec/memory", fmt::format("{} bytes are not whole mebibytes; {} is the nearest below", memory,
                                                  formatSize(memory / kMiB * kMiB))});
  }
}

}  // namespace

std::optional<std::string> stopTimeoutProblem(Milliseconds timeout) {
  if (timeout >= kShortestStop && timeout <= kLongestStop) return std::nullopt;
  return fmt::format("{} is out of range; give {} to {}, or kill the VM where there is no time",
                     formatDuration(timeout), formatDuration(kShortestStop), formatDuration(kLongestStop));
}

std::string kernelCommandLine(const LinuxBoot& boot, const Graphics& graphics) {
  return commandLineOf(boot, graphics);
}

Result<void> validate(const Definition& definition) {
  Errors errors;
  checkName(definition.name, errors);
  checkLabels(definition.labels, errors);
  checkResources(definition, errors);
  checkBoot(definition.boot, definition.graphics, errors);
  checkVolumes(definition.volumes, definition.boot, errors);
  checkShares(definition.shares, definition.rosetta, errors);
  checkInterfaces(definition.interfaces, errors);
  checkVsock(definition, errors);
  checkGraphics(definition.graphics, errors);
  if (definition.cloudInit) checkCloudInit(*definition.cloudInit, errors);
  if (definition.ignition) checkPath(*definition.ignition, "/spec/ignition", errors);
  checkExtraArgs(definition.extraArgs, errors);
  checkPolicies(definition, errors);
  checkReadiness(definition, errors);
  if (errors.empty()) return {};
  return invalidMembers(std::move(errors));
}

}  // namespace microvm
