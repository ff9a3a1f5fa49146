#include "daemon/vfkit_qemu/devices/vsock_device.hpp"

#include <filesystem>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit_qemu;

TEST_CASE("a vsock is needed by its device and by timesync") {
  vfkit::Options options;
  CHECK(whoNeedsVsock(options).empty());
  options.timesyncPort = 1;
  CHECK(whoNeedsVsock(options) == "--timesync");
  options.devices = {vfkit::Rng{}, vfkit::Vsock{}};
  CHECK(whoNeedsVsock(options) == "virtio-vsock");
}

TEST_CASE("a host gives each guest an address of its own, or says what it lacks") {
  const auto device = openVsock("virtio-vsock");
  if (std::filesystem::exists("/dev/vhost-vsock") && device) {
    const auto other = openVsock("virtio-vsock");
    REQUIRE(other);
    CHECK(device->cid >= 3);
    CHECK(device->cid != other->cid);
    return;
  }
  REQUIRE_FALSE(device);
  CHECK(device.error().detail.starts_with("virtio-vsock is not supported by vfkit-qemu here: "));
  CHECK_FALSE(device.error().hint.empty());
}
