#include "daemon/domain/capabilities/target.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/domain/capabilities/this_system.hpp"

namespace microvm {

namespace {

template <class T>
using Names = std::array<std::pair<std::string_view, T>, 4>;

constexpr Names<Host> kHosts{{{"darwin-arm64", {HostSystem::Macos, Architecture::Arm64}},
                              {"darwin-amd64", {HostSystem::Macos, Architecture::Amd64}},
                              {"linux-amd64", {HostSystem::Linux, Architecture::Amd64}},
                              {"linux-arm64", {HostSystem::Linux, Architecture::Arm64}}}};

struct RunnerName {
  RunnerKind runner;
  std::string_view name;
  std::string_view program;
};
constexpr std::array<RunnerName, 4> kRunners{{{RunnerKind::Auto, "auto", ""},
                                              {RunnerKind::Vfkit, "vfkit", "vfkit"},
                                              {RunnerKind::Krunkit, "krunkit", "krunkit"},
                                              {RunnerKind::Qemu, "qemu", "vfkit-qemu"}}};

const RunnerName& rowOf(RunnerKind runner) {
  for (const RunnerName& row : kRunners) {
    if (row.runner == runner) return row;
  }
  return kRunners.front();
}

/// Reads "N" and what ends it; false when there is no number.
bool takeNumber(std::string_view& text, int& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool takeDot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<RunnerVersion> parseVersion(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (text.front() < '0' || text.front() > '9') continue;
    std::string_view rest = text;
    RunnerVersion version;
    if (takeNumber(rest, version.major) && takeDot(rest) && takeNumber(rest, version.minor) && takeDot(rest) &&
        takeNumber(rest, version.patch)) {
      return version;
    }
  }
  return std::nullopt;
}

std::string formatVersion(const RunnerVersion& version) {
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

Result<Host> parseHost(std::string_view text) {
  for (const auto& [name, host] : kHosts) {
    if (name == text) return host;
  }
  return Error{Errc::Usage,
               inQuotes(text) + " is not a host; use darwin-arm64, darwin-amd64, linux-amd64 or linux-arm64",
               {},
               {}};
}

std::string formatHost(const Host& host) {
  for (const auto& [name, known] : kHosts) {
    if (known == host) return std::string(name);
  }
  return {};
}

Host thisHost() {
#if defined(__aarch64__)
  return {thisSystem(), Architecture::Arm64};
#else
  return {thisSystem(), Architecture::Amd64};
#endif
}

std::string_view toText(Accelerator accelerator) {
  switch (accelerator) {
    case Accelerator::Vz:
      return "vz";
    case Accelerator::Hvf:
      return "hvf";
    case Accelerator::Kvm:
      return "kvm";
    case Accelerator::Tcg:
      return "tcg";
  }
  return "";
}

RunnerKind runnerOn(const Host& host, RunnerKind asked) {
  if (asked != RunnerKind::Auto) return asked;
  return host.system == HostSystem::Macos ? RunnerKind::Vfkit : RunnerKind::Qemu;
}

RunnerTarget usualTarget(RunnerKind runner, const Host& host) {
  RunnerTarget target{runnerOn(host, runner), host, kNewestVfkit, Accelerator::Vz};
  if (target.runner == RunnerKind::Krunkit) {
    target.version = kNewestKrunkit;
    target.accelerator = Accelerator::Hvf;
  }
  if (target.runner == RunnerKind::Qemu) {
    target.accelerator = host.system == HostSystem::Macos ? Accelerator::Hvf : Accelerator::Kvm;
  }
  return target;
}

std::string_view programOf(RunnerKind runner) {
  return rowOf(runner).program;
}

std::string_view toText(RunnerKind runner) {
  return rowOf(runner).name;
}

Result<RunnerKind> parseRunner(std::string_view text) {
  for (const RunnerName& row : kRunners) {
    if (row.name == text) return row.runner;
  }
  return Error{Errc::Usage, inQuotes(text) + " is not a runner; use auto, vfkit, krunkit or qemu", {}, {}};
}

}  // namespace microvm
