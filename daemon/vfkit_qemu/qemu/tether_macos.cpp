// Not run on a Mac, only compiled.
#include <cerrno>

#include "daemon/vfkit_qemu/qemu/tether_platform.hpp"

namespace microvm::vfkit_qemu::platform {

// macOS has no such request. There the runner is vfkit, whose guest ends with it; this program only helps to develop.
void dieWithParent() {}

bool callOurselvesRoot() {
  errno = ENOSYS;
  return false;
}

}  // namespace microvm::vfkit_qemu::platform
