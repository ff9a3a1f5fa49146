// Not run on a Mac, only compiled.
#include <cerrno>
#include <unistd.h>

#include "daemon/http/peer.hpp"

namespace microvm::http {

Result<void> checkPeer(int fd) {
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(fd, &user, &group) != 0) return systemError("cannot tell who the client is", errno);
  if (user == ::geteuid() || user == 0) return {};
  return Error{
      Errc::Permission,
      "this daemon serves user " + std::to_string(::geteuid()) + " only, the client is user " + std::to_string(user),
      "run a daemon of your own",
      {}};
}

}  // namespace microvm::http
