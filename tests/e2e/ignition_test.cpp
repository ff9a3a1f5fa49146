// Ignition needs a vsock, which not every host has. What the guest would read there is shown by the unit test of
// daemon/vfkit_qemu/vsock/ignition.cpp, over sockets: the guest of the tests has no program that speaks vsock, and the
// server answers nobody else.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

namespace {

bool hasVsock() {
  return std::filesystem::exists("/dev/vhost-vsock");
}

}  // namespace

TEST_CASE("a guest with ignition boots and has the vsock device, on a host that has vsock" *
          doctest::skip(!hasVsock())) {
  const TempDir folder;
  DirectGuest guest({"virtio-vsock"}, {"--ignition", folder.write("config.ign", "{}")});

  CHECK(guest.run("modprobe vmw_vsock_virtio_transport; ls /dev/vsock").find("/dev/vsock") != std::string::npos);
  CHECK(guest.log().find("level=error") == std::string::npos);
}

TEST_CASE("ignition is refused with what the host lacks, on a host without vsock" * doctest::skip(hasVsock())) {
  const TempDir folder;
  Words words = linuxBoot();
  words.insert(words.end(), {"--ignition", folder.write("config.ign", "{}")});

  const auto ended = runProgram(builtProgram("vfkit-qemu"), words);

  CHECK(ended.code == 1);
  CHECK(ended.err.find("--ignition is not supported by vfkit-qemu here: cannot use /dev/vhost-vsock: no such file or "
                       "directory; load the kernel's module vhost_vsock") != std::string::npos);
}
