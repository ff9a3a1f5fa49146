#include "daemon/shim/capped_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace microvm::shim {

CappedFile::CappedFile(std::string path, std::uint64_t cap) : path_(std::move(path)), cap_(cap) {}

bool CappedFile::ensureOpen() {
  if (fd_ && size_ >= cap_) {
    fd_.reset();
    ::rename(path_.c_str(), (path_ + ".1").c_str());
  }
  if (fd_) return true;
  fd_.reset(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat info {};
  if (!fd_ || ::fstat(fd_.get(), &info) != 0) return false;
  size_ = static_cast<std::uint64_t>(info.st_size);
  return size_ < cap_ || ensureOpen();
}

void CappedFile::append(std::string_view text) {
  while (!text.empty()) {
    if (!ensureOpen()) return;
    const auto part = text.substr(0, static_cast<std::size_t>(cap_ - size_));
    const auto written = ::write(fd_.get(), part.data(), part.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    size_ += static_cast<std::uint64_t>(written);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace microvm::shim
