#include "client/cli/doctor/daemon_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace microvm::doctor {

std::optional<Finding> checkDaemon(const Host& /*host*/, const Subject& subject) {
  if (subject.daemon)
    return Finding{
        Level::Ok, fmt::format("microvmd answers on {} (process {})", subject.socket, subject.daemon->pid), {}, {}};
  return Finding{Level::Error, subject.daemonProblem,
                 "It starts, watches and stops the VMs; those that ran when it ended go on.",
                 "microvmctl service install, or microvmd in another terminal"};
}

std::optional<Finding> checkReadiness(const Host& /*host*/, const Subject& subject) {
  if (!subject.daemon) return std::nullopt;
  if (!subject.unready) return Finding{Level::Ok, "microvmd has its database and knows its VMs", {}, {}};
  return Finding{Level::Error, subject.unready->detail, "Until then it refuses what would change a VM.",
                 subject.unready->hint};
}

std::optional<Finding> checkVersions(const Host& /*host*/, const Subject& subject) {
  if (!subject.daemon) return std::nullopt;
  const auto& version = subject.daemon->version;
  if (version == subject.clientVersion)
    return Finding{Level::Ok, fmt::format("microvmctl and microvmd are {}", version), {}, {}};
  return Finding{Level::Warning, fmt::format("microvmctl is {}, microvmd is {}", subject.clientVersion, version),
                 "One of them may not know what the other means.",
                 "microvmctl service restart, or end microvmd and start it again; VMs go on meanwhile"};
}

std::optional<Finding> checkService(const Host& host, const Subject& /*subject*/) {
  const auto status = host.service();
  if (!status)
    return Finding{Level::Info,
                   "the service manager does not tell: " + status.error().detail,
                   "Where it works, microvmctl service install keeps the daemon running.",
                   {}};
  if (!status->installed)
    return Finding{Level::Info, fmt::format("microvmd is no service of {}", status->where),
                   "It runs only as long as somebody keeps it running.", "microvmctl service install"};
  const auto named = fmt::format("the service {}", status->file);
  const auto install = fmt::format("microvmctl service install{}", status->isForeign ? " --force" : "");
  if (!status->problems.empty()) {
    const bool isOnlyDisabled = !status->enabled && status->problems.size() == 1;
    return Finding{isOnlyDisabled ? Level::Warning : Level::Error,
                   fmt::format("{}: {}", named, fmt::join(status->problems, "; ")),
                   "The daemon will not be there after the next login or boot.", install};
  }
  if (!status->active)
    return Finding{Level::Warning, fmt::format("{} does not run: {}", named, status->state),
                   "It is set up, and was stopped or has failed.", "microvmctl service start"};
  return Finding{Level::Ok, fmt::format("{} keeps {} running", status->where, status->program), {}, {}};
}

}  // namespace microvm::doctor
