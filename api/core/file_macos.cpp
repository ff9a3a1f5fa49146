// After fsync(2), which there leaves the bytes in the drive's own cache, and fcntl(2). Not run on a Mac, only compiled.
#include <fcntl.h>
#include <unistd.h>

#include "api/core/file.hpp"

namespace microvm {

int flushToDisk(int fd) {
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
  return ::fsync(fd);  // network file systems and some removable ones know nothing better
}

}  // namespace microvm
