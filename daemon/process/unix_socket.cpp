#include "daemon/process/unix_socket.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/process/awake_clock.hpp"
#include "daemon/process/descriptor.hpp"

namespace microvm {
namespace {

constexpr int kBacklog = 128;

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<UniqueFd> makeSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!fd) return systemError("cannot make a socket", errno);
  if (auto set = setCloseOnExec(fd.get()); !set) return std::move(set).error();
  if (auto set = setNonBlocking(fd.get()); !set) return std::move(set).error();
  return fd;
}

int bindPrivately(int fd, const sockaddr_un& address) {
  const mode_t before = ::umask(0177);
  const int result = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  errno = error;
  return result;
}

}  // namespace

Result<void> checkSocketPath(const std::string& path) {
  if (path.empty() || path.front() != '/') {
    return Error{Errc::Invalid, "the path of a socket is not absolute: '" + path + "'", {}, {}};
  }
  if (path.size() <= kSocketPathBytes) return {};
  return Error{Errc::Invalid,
               "the path of a socket has " + std::to_string(path.size()) + " bytes and may have " +
                   std::to_string(kSocketPathBytes) + ": " + path,
               "choose a shorter run folder",
               {}};
}

Result<UniqueFd> listenUnix(const std::string& path) {
  if (auto checked = checkSocketPath(path); !checked) return std::move(checked).error();
  auto fd = makeSocket();
  if (!fd) return fd;
  if (bindPrivately(fd->get(), addressOf(path)) != 0) {
    if (errno == EADDRINUSE) return Error{Errc::InUse, "there is a file at the path of the socket " + path, {}, {}};
    return systemError("cannot bind the socket " + path, errno);
  }
  if (::listen(fd->get(), kBacklog) != 0) return systemError("cannot listen on the socket " + path, errno);
  return fd;
}

Result<UniqueFd> acceptUnix(int listener) {
  int got = -1;
  do {
    got = ::accept(listener, nullptr, nullptr);
  } while (got < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Error{Errc::NotFound, "no connection waits", {}, {}};
  if (got < 0) return systemError("cannot accept a connection", errno);
  UniqueFd fd(got);
  if (auto set = setCloseOnExec(got); !set) return std::move(set).error();
  if (auto set = setNonBlocking(got); !set) return std::move(set).error();
  return fd;
}

Result<UniqueFd> connectUnix(const std::string& path, Milliseconds limit) {
  if (auto checked = checkSocketPath(path); !checked) return std::move(checked).error();
  auto fd = makeSocket();
  if (!fd) return fd;
  const auto address = addressOf(path);
  const auto deadline = AwakeClock::now() + limit;
  // A Unix socket connects at once or not at all; EAGAIN says that the listener's queue is full.
  while (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EISCONN) break;
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return Error{Errc::Unreachable, "nobody listens on " + path, {}, {}};
    }
    if (errno != EAGAIN && errno != EINTR && errno != EINPROGRESS) {
      return systemError("cannot connect to " + path, errno);
    }
    if (AwakeClock::now() >= deadline) {
      return Error{Errc::Timeout, path + " accepts no connection", {}, {}};
    }
    ::poll(nullptr, 0, 2);
  }
  return fd;
}

Result<SocketPair> makeSocketPair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return systemError("cannot make a socket pair", errno);
  SocketPair made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (const int end : ends) {
    if (auto set = setCloseOnExec(end); !set) return std::move(set).error();
  }
  return made;
}

}  // namespace microvm
