// Who is at the other end of a Unix socket.
#pragma once
#include "api/core/result.hpp"

namespace microvm::http {

/// Success when the peer runs as the daemon's own user or as root; Errc::Permission otherwise.
Result<void> checkPeer(int fd);

}  // namespace microvm::http
