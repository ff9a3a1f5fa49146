#include <cerrno>
#include <sys/socket.h>

#include "daemon/http/peer.hpp"

namespace microvm::http::platform {

Result<Peer> peerOf(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return systemError("cannot tell who the client is", errno);
  }
  return Peer{peer.uid, peer.pid};
}

}  // namespace microvm::http::platform
