// Waiting: for a span, for a descriptor. Both are cancelled with their coroutine.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "api/core/time.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

/// Ends after the span; Errc::Cancelled when the coroutine is cancelled first.
Task<void> pause(Milliseconds span);

/// Ends when the descriptor can be read (or has hung up); Errc::Timeout after the limit, Errc::Cancelled when
/// cancelled. The descriptor stays the caller's and must stay open until the end. Used for pidfds and pipes.
Task<void> waitReadable(int fd, Milliseconds limit);
/// The same without a limit, for waits that end with their coroutine (a child's exit).
Task<void> waitReadable(int fd);

}  // namespace microvm
