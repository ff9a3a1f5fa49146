#include "daemon/vfkit_qemu/tether_platform.hpp"

namespace microvm::vfkit_qemu::platform {

// macOS has no such request. There the runner is vfkit, whose guest ends with it; this program only helps to develop.
void dieWithParent() {}

}  // namespace microvm::vfkit_qemu::platform
