// Does the daemon end alone, or with the host?
#pragma once
#include "api/core/default_folders.hpp"

namespace microvm {

/// Whether the service manager that sent SIGTERM is about to end everything, VMs included: the host shuts down, or the
/// last session of the user ends. False when that cannot be told. Blocks for two seconds at most.
bool hostIsStopping(const Environment& environment);

}  // namespace microvm
