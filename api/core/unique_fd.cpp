#include "api/core/unique_fd.hpp"

#include <unistd.h>

namespace microvm {

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

}  // namespace microvm
