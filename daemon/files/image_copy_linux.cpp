#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/files/image_copy.hpp"

namespace microvm {
namespace {

constexpr std::size_t kPiece = 1024 * 1024;

/// Both descriptors read and write at `from` .. `to`, through memory.
bool copyByHand(int source, int target, off_t from, off_t to) {
  std::string piece(kPiece, '\0');
  while (from < to) {
    const auto wanted = std::min<off_t>(to - from, static_cast<off_t>(piece.size()));
    const auto got = ::pread(source, piece.data(), static_cast<std::size_t>(wanted), from);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = EIO;  // the image was cut meanwhile
    if (got <= 0) return false;
    for (ssize_t done = 0; done < got;) {
      const auto put = ::pwrite(target, piece.data() + done, static_cast<std::size_t>(got - done), from + done);
      if (put < 0 && errno != EINTR) return false;
      if (put > 0) done += put;
    }
    from += got;
  }
  return true;
}

/// The kernel's own copy, which may share blocks; by hand where it knows none for these files.
bool copyRange(int source, int target, off_t from, off_t to) {
  off_t in = from;
  off_t out = from;
  while (in < to) {
    const auto copied = ::copy_file_range(source, &in, target, &out, static_cast<std::size_t>(to - in), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return copyByHand(source, target, in, to);
  }
  return true;
}

/// What is data, hole by hole.
bool copyData(int source, int target, off_t size) {
  off_t at = 0;
  while (at < size) {
    const off_t data = ::lseek(source, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return true;               // nothing but a hole is left
    if (data < 0) return copyRange(source, target, at, size);  // the file system does not tell holes
    const off_t hole = ::lseek(source, data, SEEK_HOLE);
    const off_t end = hole < 0 ? size : std::min(hole, size);
    if (!copyRange(source, target, data, end)) return false;
    at = end;
  }
  return true;
}

bool fill(int source, int target) {
  if (::ioctl(target, FICLONE, source) == 0) return flushToDisk(target) == 0;
  struct stat info {};
  if (::fstat(source, &info) != 0 || ::ftruncate(target, info.st_size) != 0) return false;
  return copyData(source, target, info.st_size) && flushToDisk(target) == 0;
}

}  // namespace

Result<void> copyImage(const std::string& from, const std::string& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!source) return systemError("cannot read " + from, errno);
  const UniqueFd target(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) return systemError("cannot create " + to, errno);
  if (fill(source.get(), target.get())) return {};
  auto error = systemError("cannot copy " + from + " to " + to, errno);
  ::unlink(to.c_str());
  return error;
}

}  // namespace microvm
