#include "daemon/domain/definition.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/text.hpp"
#include "daemon/domain/device_rules.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr unsigned kMostCpus = 256;
constexpr std::uint64_t kLeastMemory = 64 * kMiB;
constexpr std::uint64_t kMostMemory = 1024 * kGiB;
constexpr std::size_t kMostCmdlineEntries = 256;
constexpr std::size_t kMostCmdlineBytes = 2047;  // Linux's COMMAND_LINE_SIZE of 2048 has room for the final NUL
constexpr std::uint64_t kLeastConsoleSize = 64 * kKiB;
constexpr std::uint64_t kMostConsoleSize = kGiB;
constexpr unsigned kMostConsoleSegments = 100;
constexpr Milliseconds kShortestStop{100};
constexpr Milliseconds kLongestStop{3'600'000};
constexpr std::string_view kConsole = "console=";
constexpr std::string_view kDefaultConsole = "console=hvc0";

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

bool namesConsole(const std::string& entry) {
  return entry.starts_with(kConsole) || entry.find(" " + std::string(kConsole)) != std::string::npos;
}

void checkCmdlineEntry(const std::string& entry, const std::string& pointer, Errors& errors) {
  const auto refuse = [&](std::string_view reason) {
    errors.push_back({pointer, fmt::format("{} {}", inQuotes(entry), reason)});
  };
  if (entry.find_first_not_of(' ') == std::string::npos) return refuse("is blank; leave it out");
  if (hasControlCharacters(entry)) return refuse("has a control character; the kernel takes one line of text");
  if (!isUtf8(entry)) return refuse("is not UTF-8");
  if (std::count(entry.begin(), entry.end(), '"') % 2 != 0) {
    refuse("has an odd number of double quotes; the kernel would take what follows as a part of it");
  }
}

void checkBoot(const LinuxBoot& boot, Errors& errors) {
  checkPath(boot.kernel, "/spec/boot/linux/kernel", PathUse::File, errors);
  if (boot.initrd) checkPath(*boot.initrd, "/spec/boot/linux/initrd", PathUse::File, errors);
  const std::string pointer = "/spec/boot/linux/cmdline";
  if (boot.cmdline.size() > kMostCmdlineEntries) {
    errors.push_back(
        {pointer, fmt::format("has {} entries; at most {} are taken", boot.cmdline.size(), kMostCmdlineEntries)});
    return;
  }
  for (std::size_t i = 0; i < boot.cmdline.size(); ++i) {
    checkCmdlineEntry(boot.cmdline[i], fmt::format("{}/{}", pointer, i), errors);
  }
  const std::size_t length = kernelCommandLine(boot).size();
  if (length > kMostCmdlineBytes) {
    errors.push_back({pointer, fmt::format("has {} bytes in all, console included; Linux takes {}: move the rest into "
                                           "the initrd or a configuration file",
                                           length, kMostCmdlineBytes)});
  }
}

void checkConsole(const ConsoleSettings& console, Errors& errors) {
  if (console.size < kLeastConsoleSize || console.size > kMostConsoleSize) {
    errors.push_back({"/spec/console/size", fmt::format("{} is out of range; give {} to {}", formatSize(console.size),
                                                        formatSize(kLeastConsoleSize), formatSize(kMostConsoleSize))});
  }
  if (console.keep < 1 || console.keep > kMostConsoleSegments) {
    errors.push_back(
        {"/spec/console/keep", fmt::format("{} is out of range; give 1 to {}", console.keep, kMostConsoleSegments)});
  }
}

}  // namespace

std::optional<std::string> stopTimeoutProblem(Milliseconds timeout) {
  if (timeout >= kShortestStop && timeout <= kLongestStop) return std::nullopt;
  return fmt::format("{} is out of range; give {} to {}, or kill the VM where there is no time",
                     formatDuration(timeout), formatDuration(kShortestStop), formatDuration(kLongestStop));
}

std::string kernelCommandLine(const LinuxBoot& boot) {
  std::string line;
  if (std::none_of(boot.cmdline.begin(), boot.cmdline.end(), namesConsole)) line = kDefaultConsole;
  for (const std::string& entry : boot.cmdline) {
    if (!line.empty()) line += ' ';
    line += entry;
  }
  return line;
}

Result<void> validate(const Definition& definition) {
  Errors errors;
  checkName(definition.name, errors);
  checkLabels(definition.labels, errors);
  checkResources(definition, errors);
  checkBoot(definition.boot, errors);
  checkVolumes(definition.volumes, errors);
  checkShares(definition.shares, errors);
  checkInterfaces(definition.interfaces, errors);
  checkConsole(definition.console, errors);
  if (auto problem = stopTimeoutProblem(definition.stop.timeout)) {
    errors.push_back({"/spec/stop/timeout", std::move(*problem)});
  }
  if (errors.empty()) return {};
  return invalidMembers(std::move(errors));
}

}  // namespace microvm
