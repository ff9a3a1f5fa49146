// poll(2) for whatever a user's standard input may be.
#pragma once
#include <poll.h>
#include <span>

namespace microvm::cli {

/// poll(2), on systems whose poll refuses devices (macOS: /dev/tty, /dev/null) with the help of select(2).
int waitReady(std::span<pollfd> waits, int limitMilliseconds);

/// What poll(2) promises, by select(2): POLLIN, POLLOUT, and POLLNVAL for what is not open or above FD_SETSIZE.
int selectReady(std::span<pollfd> waits, int limitMilliseconds);

}  // namespace microvm::cli
