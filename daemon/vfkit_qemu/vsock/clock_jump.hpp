// When the host's clock does not go on as it did: it was set, or the host slept.
#pragma once
#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm::vfkit_qemu {

/// A descriptor that becomes readable at each jump; reading it, whatever comes, waits for the next.
Result<UniqueFd> watchClockJumps();

}  // namespace microvm::vfkit_qemu
