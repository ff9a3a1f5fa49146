#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/http/peer.hpp"

namespace microvm::http {

Result<void> checkPeer(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return systemError("cannot tell who the client is", errno);
  }
  if (peer.uid == ::geteuid() || peer.uid == 0) return {};
  return Error{Errc::Permission,
               "this daemon serves user " + std::to_string(::geteuid()) + " only, the client is user " +
                   std::to_string(peer.uid),
               "run a daemon of your own",
               {}};
}

}  // namespace microvm::http
