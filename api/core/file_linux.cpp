#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

int flushToDisk(int fd) {
  return ::fsync(fd);
}

/// One commit of the file system's journal has them all.
Result<void> flushTogether(const std::vector<std::string>& files) {
  for (const auto& path : files) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) continue;
    if (!fd || ::syncfs(fd.get()) != 0) return systemError("cannot flush " + path, errno);
    return {};
  }
  return {};
}

}  // namespace microvm
