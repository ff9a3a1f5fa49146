#include "daemon/runner/rest/runner_probe.hpp"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "daemon/process/capture.hpp"

namespace microvm {
namespace {

using Json = nlohmann::json;

constexpr Milliseconds kLimit{3000};

std::string say(const std::string& program, const std::string& word) {
  SpawnOptions options;
  options.program = program;
  options.arguments = {program, word};
  options.environment = allowedEnvironment();
  CaptureLimits limits;
  limits.time = kLimit;
  const auto said = capture(std::move(options), limits);
  return said && said->status.code == 0 ? said->out : std::string();
}

/// Whether the report says that something is there: a text or true. Nothing when it does not speak of it.
std::optional<bool> hasThere(const Json& report, const char* member) {
  const auto found = report.find(member);
  if (found == report.end()) return std::nullopt;
  return found->is_string() || (found->is_boolean() && found->get<bool>());
}

CapabilityRecord ask(RunnerKind runner, const std::string& program) {
  RunnerTarget target = usualTarget(runner, thisHost());
  HostFacts facts = hostFacts(runner);
  if (runner == RunnerKind::Qemu) {
    readQemuReport(say(program, "--probe"), target, facts);
  } else if (const auto version = parseVersion(say(program, "--version"))) {
    target.version = *version;
  }
  CapabilityRecord record = recordOf(target);
  lower(record, facts);
  return record;
}

}  // namespace

void readQemuReport(const std::string& text, RunnerTarget& target, HostFacts& facts) {
  const auto report = Json::parse(text, nullptr, false);
  if (!report.is_object()) return;
  for (const Accelerator accelerator : {Accelerator::Kvm, Accelerator::Hvf, Accelerator::Tcg}) {
    if (report.value("accelerator", Json()) == std::string(toText(accelerator))) target.accelerator = accelerator;
  }
  if (const auto has = hasThere(report, "virtiofsd")) facts.hasVirtiofsd = has;
  if (const auto has = hasThere(report, "firmware")) facts.hasFirmware = has;
  if (const auto has = hasThere(report, "vsock")) facts.hasVhostVsock = has;
}

CapabilityRecord RunnerProbe::recordOf(RunnerKind runner, const std::string& program) {
  struct stat info {};
  if (::stat(program.c_str(), &info) != 0) return microvm::recordOf(usualTarget(runner, thisHost()));
  const std::pair<RunnerKind, Key> key{
      runner, Key(program, static_cast<std::int64_t>(info.st_mtime), static_cast<std::int64_t>(info.st_size),
                  static_cast<std::int64_t>(info.st_ino))};
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
  }
  CapabilityRecord record = ask(runner, program);  // without the lock: others need not wait for a slow program
  const std::lock_guard<std::mutex> guard(mutex_);
  return known_.emplace(key, std::move(record)).first->second;
}

}  // namespace microvm
