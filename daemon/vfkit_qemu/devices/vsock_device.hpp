// The kernel's end of a guest's vsock.
#pragma once
#include <cstdint>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit_qemu {

struct VsockDevice {
  UniqueFd fd;            ///< for QEMU
  std::uint32_t cid = 0;  ///< the guest's address on this host, ours while the descriptor is open
};

/// Whether anything on the command line needs a vsock: the device, --timesync. The answer is its name; empty: nothing.
/// --ignition is served by it where there is one, and always by fw_cfg.
std::string_view whoNeedsVsock(const vfkit::Options& options);

/// A device with an address that no other guest has. Errc::Invalid says that `who` is not supported here, and why.
Result<VsockDevice> openVsock(std::string_view who);

}  // namespace microvm::vfkit_qemu
