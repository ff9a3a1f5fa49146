#include <csignal>
#include <sys/prctl.h>

#include "daemon/vfkit_qemu/tether_platform.hpp"

namespace microvm::vfkit_qemu::platform {

void dieWithParent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace microvm::vfkit_qemu::platform
