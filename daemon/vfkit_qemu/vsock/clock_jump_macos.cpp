#include <cerrno>

#include "daemon/vfkit_qemu/vsock/clock_jump.hpp"

namespace microvm::vfkit_qemu {

Result<UniqueFd> watchClockJumps() {
  return systemError("cannot watch the clock", ENOTSUP);
}

}  // namespace microvm::vfkit_qemu
