// After getpeereid(3) and unix(4). Not run on a Mac, only compiled.
#include <cerrno>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/http/peer.hpp"

namespace microvm::http::platform {

Result<Peer> peerOf(int fd) {
  Peer peer;
  gid_t group = 0;
  if (::getpeereid(fd, &peer.user, &group) != 0) return systemError("cannot tell who the client is", errno);
  socklen_t size = sizeof(peer.process);
  if (::getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &peer.process, &size) != 0) peer.process = 0;
  return peer;
}

}  // namespace microvm::http::platform
