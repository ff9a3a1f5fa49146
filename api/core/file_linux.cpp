#include <unistd.h>

#include "api/core/file.hpp"

namespace microvm {

int flushToDisk(int fd) {
  return ::fsync(fd);
}

}  // namespace microvm
