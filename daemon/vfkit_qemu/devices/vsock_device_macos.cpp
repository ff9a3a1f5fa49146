#include <fmt/core.h>

#include "daemon/vfkit_qemu/devices/vsock_device.hpp"

namespace microvm::vfkit_qemu {

Result<VsockDevice> openVsock(std::string_view who) {
  return Error{Errc::Invalid,
               fmt::format("{} is not supported by vfkit-qemu here: this system gives QEMU no vsock", who),
               "use vfkit",
               {}};
}

}  // namespace microvm::vfkit_qemu
