#include "client/cli/console/readiness.hpp"

namespace microvm::cli {

int waitReady(std::span<pollfd> waits, int limitMilliseconds) {
  return ::poll(waits.data(), static_cast<nfds_t>(waits.size()), limitMilliseconds);
}

}  // namespace microvm::cli
