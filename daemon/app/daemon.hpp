// The composition root: makes every part in order, runs the loop, takes the parts down in reverse.
#pragma once
#include "api/core/result.hpp"
#include "daemon/app/options.hpp"

namespace microvm {

/// Serves until SIGTERM or SIGINT. VMs that run then go on running, unless the host shuts down.
Result<void> runDaemon(const Options& options, const Environment& environment);

}  // namespace microvm
