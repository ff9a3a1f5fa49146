// Who is at the other end of a Unix socket.
#pragma once
#include <string>
#include <sys/types.h>

#include "api/core/result.hpp"

namespace microvm::http {

struct Peer {
  uid_t user = 0;
  pid_t process = 0;  ///< the one that connected; 0 when the system does not tell
};

/// The peer when it runs as the daemon's own user or as root; Errc::Permission otherwise.
Result<Peer> checkPeer(int fd);

/// The user's name, or "uid 1234" for one without.
std::string userName(uid_t user);

namespace platform {

/// What the kernel says.
Result<Peer> peerOf(int fd);

}  // namespace platform
}  // namespace microvm::http
