#include <cerrno>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <random>
#include <sys/ioctl.h>

#include <fmt/core.h>

#include "daemon/vfkit_qemu/devices/vsock_device.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr const char* kDevice = "/dev/vhost-vsock";
constexpr int kTries = 16;
/// VHOST_VSOCK_SET_GUEST_CID of linux/vhost.h, which C++ cannot read.
constexpr unsigned long kSetGuestCid = _IOW(0xAF, 0x60, std::uint64_t);

Error unsupported(std::string_view who, int error) {
  return Error{Errc::Invalid,
               fmt::format("{} is not supported by vfkit-qemu here: {}", who,
                           systemError(fmt::format("cannot use {}", kDevice), error).detail),
               "load the kernel's module vhost_vsock and let this user open the device",
               {}};
}

}  // namespace

Result<VsockDevice> openVsock(std::string_view who) {
  VsockDevice device;
  device.fd = UniqueFd(::open(kDevice, O_RDWR | O_CLOEXEC));
  if (!device.fd) return unsupported(who, errno);
  std::random_device random;
  // 0 to 2 are the hypervisor, this machine and the host.
  std::uniform_int_distribution<std::uint32_t> cids(3, 0x7fffffff);
  for (int i = 0; i < kTries; ++i) {
    device.cid = cids(random);
    const std::uint64_t cid = device.cid;
    if (::ioctl(device.fd.get(), kSetGuestCid, &cid) == 0) return device;
    if (errno != EADDRINUSE) break;
  }
  return unsupported(who, errno);
}

}  // namespace microvm::vfkit_qemu
