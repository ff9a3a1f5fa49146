// How many files and sockets the daemon may have open: consoles and clients need more than the 256 that macOS gives.
#pragma once
#include <sys/resource.h>

namespace microvm {

/// Raises the soft limit as far as it helps and the system lets us; says in the log when it does not.
void raiseDescriptorLimit();

/// The soft limit to ask for: what we want, but no more than the hard limit and than what the system gives any process,
/// and never less than there is.
rlim_t wantedDescriptors(const rlimit& now, rlim_t systemMost);

namespace platform {

/// What the system gives any process at most, whatever its hard limit says; RLIM_INFINITY when it does not matter.
rlim_t mostDescriptors();

}  // namespace platform
}  // namespace microvm
