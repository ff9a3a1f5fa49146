#include "daemon/process/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace microvm {

Result<Pipe> makePipe() {
  int ends[2];
  if (::pipe(ends) != 0) return systemError("cannot make a pipe", errno);
  Pipe made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (const int end : ends) {
    auto set = setCloseOnExec(end);
    if (!set) return std::move(set).error();
  }
  return made;
}

Result<void> setCloseOnExec(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags < 0 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0) {
    return systemError("cannot keep a descriptor from children", errno);
  }
  return {};
}

Result<void> setNonBlocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return systemError("cannot make a descriptor non-blocking", errno);
  }
  return {};
}

Result<int> socketFamily(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return systemError("no socket", errno);
  return static_cast<int>(address.ss_family);
}

}  // namespace microvm
