// The vsock between this host and one guest.
#pragma once
#include <cstdint>
#include <memory>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm::vfkit_qemu {

/// Sockets do not block and are closed by exec.
class VsockTransport {
public:
  virtual ~VsockTransport() = default;

  /// A listener for the guest's connections to this port of the host.
  virtual Result<UniqueFd> listen(std::uint32_t port) = 0;
  /// Whether an accepted connection is this guest's: a listener may be the whole host's.
  [[nodiscard]] virtual bool isFromGuest(int connection) const = 0;
  /// A connection to the guest's port that has begun: once it is writable it is there or has failed.
  virtual Result<UniqueFd> connect(std::uint32_t port) = 0;
};

/// The kernel's, for the guest with this address.
std::unique_ptr<VsockTransport> kernelVsock(std::uint32_t cid);

}  // namespace microvm::vfkit_qemu
