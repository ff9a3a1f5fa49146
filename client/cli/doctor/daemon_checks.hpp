// Is there a daemon, and the right one?
#pragma once
#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

std::optional<Finding> checkDaemon(const Host& host, const Subject& subject);
std::optional<Finding> checkReadiness(const Host& host, const Subject& subject);
std::optional<Finding> checkVersions(const Host& host, const Subject& subject);

/// Whether the service manager keeps it: set up, enabled, and with programs that are still there.
std::optional<Finding> checkService(const Host& host, const Subject& subject);

}  // namespace microvm::doctor
