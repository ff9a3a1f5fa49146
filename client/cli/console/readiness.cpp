#include "client/cli/console/readiness.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/select.h>

namespace microvm::cli {
namespace {

bool canSelect(int fd) {
  return fd < FD_SETSIZE && ::fcntl(fd, F_GETFD) >= 0;
}

/// One of select's sets, of those that wait for this event.
fd_set setOf(std::span<const pollfd> waits, short event) {
  fd_set set;
  FD_ZERO(&set);
  for (const auto& each : waits) {
    if (each.fd >= 0 && (each.events & event) != 0) FD_SET(each.fd, &set);
  }
  return set;
}

short eventsOf(const pollfd& wait, const fd_set& readable, const fd_set& writable) {
  if (wait.fd < 0) return 0;
  const int events = (FD_ISSET(wait.fd, &readable) ? POLLIN : 0) | (FD_ISSET(wait.fd, &writable) ? POLLOUT : 0);
  return static_cast<short>(events & wait.events);
}

}  // namespace

int selectReady(std::span<pollfd> waits, int limitMilliseconds) {
  int highest = -1;
  int refused = 0;
  for (auto& each : waits) {
    const bool isRefused = each.fd >= 0 && !canSelect(each.fd);
    each.revents = isRefused ? POLLNVAL : 0;
    refused += isRefused ? 1 : 0;
    highest = std::max(highest, each.fd);
  }
  if (refused > 0) return refused;
  fd_set readable = setOf(waits, POLLIN);
  fd_set writable = setOf(waits, POLLOUT);
  timeval limit{};
  limit.tv_sec = limitMilliseconds / 1000;
  limit.tv_usec = limitMilliseconds % 1000 * 1000;
  const int got = ::select(highest + 1, &readable, &writable, nullptr, limitMilliseconds < 0 ? nullptr : &limit);
  if (got <= 0) return got;
  for (auto& each : waits)
    each.revents = eventsOf(each, readable, writable);
  return static_cast<int>(
      std::count_if(waits.begin(), waits.end(), [](const auto& each) { return each.revents != 0; }));
}

}  // namespace microvm::cli
