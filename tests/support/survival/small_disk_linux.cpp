#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "api/core/unique_fd.hpp"
#include "tests/support/survival/small_disk.hpp"

namespace microvm::test {

SmallDisk::SmallDisk(std::string folder, std::uint64_t bytes) : folder_(std::move(folder)) {
  const auto options = "mode=0700,size=" + std::to_string(bytes);
  isThere_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (isThere_) ::umount2(folder_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
  const UniqueFd file(::open(filling().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  std::string piece(64 * 1024, 'x');
  while (!piece.empty()) {
    if (::write(file.get(), piece.data(), piece.size()) <= 0) piece.resize(piece.size() / 2);
  }
}

void SmallDisk::makeRoom() const {
  ::unlink(filling().c_str());
}

}  // namespace microvm::test
