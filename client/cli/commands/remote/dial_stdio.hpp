// Standard input and output as a connection to the daemon.
#pragma once
#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm::cli {

/// Passes bytes between `in`, `out` and the socket until the daemon closes, or until `in` has ended and the daemon has
/// answered what came before. Success at the end of either; an error of the system otherwise.
Result<void> passThrough(int in, int out, UniqueFd socket);

}  // namespace microvm::cli
