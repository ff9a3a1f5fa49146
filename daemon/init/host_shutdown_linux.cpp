#include "api/core/logging.hpp"
#include "daemon/init/host_shutdown.hpp"
#include "daemon/process/capture.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm {
namespace {

Result<Captured> askSystemd(const Environment& environment) {
  auto program = findProgram("systemctl");
  if (!program) return std::move(program).error();
  SpawnOptions options;
  options.program = std::move(*program);
  options.arguments = {"systemctl", "is-system-running"};
  // A user's own instance of systemd gives its services its process id.
  if (environment("MANAGERPID")) options.arguments.insert(options.arguments.begin() + 1, "--user");
  options.environment = allowedEnvironment();
  return capture(std::move(options));
}

}  // namespace

/// systemd asks its services to stop while its shutdown.target is under way, and says so itself.
bool hostIsStopping(const Environment& environment) {
  if (!environment("NOTIFY_SOCKET")) return false;
  const auto told = askSystemd(environment);
  if (!told) {
    logWarn("cannot tell whether the host shuts down error={}", told.error().detail);
    return false;
  }
  logDebug("the service manager is state={}", told->out);
  return told->out.rfind("stopping", 0) == 0;
}

}  // namespace microvm
