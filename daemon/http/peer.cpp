#include "daemon/http/peer.hpp"

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace microvm::http {

Result<Peer> checkPeer(int fd) {
  auto peer = platform::peerOf(fd);
  if (!peer || peer->user == ::geteuid() || peer->user == 0) return peer;
  return Error{Errc::Permission,
               "this daemon serves user " + std::to_string(::geteuid()) + " only, the client is user " +
                   std::to_string(peer->user),
               "run a daemon of your own",
               {}};
}

std::string userName(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return entry.pw_name;
  return "uid " + std::to_string(user);
}

}  // namespace microvm::http
