// After the section "bugs" of poll(2): it answers POLLNVAL for devices that are open, at once. A terminal under its own
// name (/dev/ttys001) is taken. Not run on a Mac, only compiled.
#include <algorithm>

#include "client/cli/console/readiness.hpp"

namespace microvm::cli {

int waitReady(std::span<pollfd> waits, int limitMilliseconds) {
  const int ready = ::poll(waits.data(), static_cast<nfds_t>(waits.size()), limitMilliseconds);
  const auto isRefused = [](const pollfd& each) { return (each.revents & POLLNVAL) != 0; };
  if (ready <= 0 || std::none_of(waits.begin(), waits.end(), isRefused)) return ready;
  return selectReady(waits, limitMilliseconds);
}

}  // namespace microvm::cli
