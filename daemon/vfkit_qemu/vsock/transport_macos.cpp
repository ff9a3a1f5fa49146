#include "daemon/vfkit_qemu/vsock/transport.hpp"

namespace microvm::vfkit_qemu {

/// No guest has a vsock here.
std::unique_ptr<VsockTransport> kernelVsock(std::uint32_t /*cid*/) {
  return nullptr;
}

}  // namespace microvm::vfkit_qemu
