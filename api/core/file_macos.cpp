// After fsync(2), which there leaves the bytes in the drive's own cache, and fcntl(2). Not run on a Mac, only compiled.
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

int flushToDisk(int fd) {
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
  // Network file systems and some removable ones know nothing better; any other failure is one of the disk.
  const bool isUnknown = errno == ENOTSUP || errno == ENOTTY || errno == EINVAL;
  return isUnknown ? ::fsync(fd) : -1;
}

/// Each as far as the drive's cache, which the last one empties for all.
Result<void> flushTogether(const std::vector<std::string>& files) {
  UniqueFd last;
  for (const auto& path : files) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) continue;
    if (!fd || ::fsync(fd.get()) != 0) return systemError("cannot flush " + path, errno);
    last = std::move(fd);
  }
  if (!last || flushToDisk(last.get()) == 0) return {};
  return systemError("cannot flush " + files.back(), errno);
}

}  // namespace microvm
