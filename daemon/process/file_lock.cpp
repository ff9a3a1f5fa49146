#include "daemon/process/file_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace microvm {
namespace {

int lockNow(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

Result<std::optional<FileLock>> FileLock::tryLock(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return systemError("cannot open the lock " + path, errno);
  if (lockNow(fd.get(), LOCK_EX) == 0) return std::optional<FileLock>(FileLock(std::move(fd)));
  if (errno == EWOULDBLOCK) return std::optional<FileLock>();
  return systemError("cannot lock " + path, errno);
}

Result<bool> FileLock::isHeld(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return false;
  if (!fd) return systemError("cannot open the lock " + path, errno);
  if (lockNow(fd.get(), LOCK_SH) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  return systemError("cannot test the lock " + path, errno);
}

Result<void> FileLock::write(std::string_view text) {
  const bool isWritten = ::ftruncate(fd_.get(), 0) == 0 &&
                         ::pwrite(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!isWritten) return systemError("cannot write into a lock file", errno);
  return {};
}

}  // namespace microvm
