#include "daemon/vfkit_qemu/devices/vsock_device.hpp"

#include <algorithm>

namespace microvm::vfkit_qemu {

std::string_view whoNeedsVsock(const vfkit::Options& options) {
  const bool hasDevice = std::any_of(options.devices.begin(), options.devices.end(), [](const vfkit::Device& device) {
    return std::holds_alternative<vfkit::Vsock>(device);
  });
  if (hasDevice) return "virtio-vsock";
  return options.timesyncPort ? "--timesync" : "";
}

}  // namespace microvm::vfkit_qemu
