// --timesync: the guest's clock follows the host's over a sleep.
#pragma once
#include <cstdint>

#include "api/core/unique_fd.hpp"
#include "daemon/async/task.hpp"
#include "daemon/vfkit_qemu/report/report.hpp"
#include "daemon/vfkit_qemu/vsock/transport.hpp"

namespace microvm::vfkit_qemu {

/// Tells the QEMU guest agent at the guest's port the time, each time `jumps` (clock_jump.hpp) can be read. Ends when
/// cancelled. A guest that does not listen is a warning; it may the next time.
net::awaitable<void> keepTimeInSync(UniqueFd jumps, VsockTransport& transport, std::uint32_t port, const Log& log);

}  // namespace microvm::vfkit_qemu
