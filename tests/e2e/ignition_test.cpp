// Ignition needs a vsock, which not every host has.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

TEST_CASE("a host with a vsock serves ignition, another says what it lacks") {
  const TempDir folder;
  const auto config = folder.write("config.ign", "{}");
  if (std::filesystem::exists("/dev/vhost-vsock")) {
    DirectGuest guest({"virtio-vsock"}, {"--ignition", config});
    CHECK(guest.run("modprobe vmw_vsock_virtio_transport; ls /dev/vsock").find("/dev/vsock") != std::string::npos);
    CHECK(guest.log().find("level=error") == std::string::npos);
    return;
  }
  Words words = linuxBoot();
  words.insert(words.end(), {"--ignition", config});

  const auto ended = runProgram(builtProgram("vfkit-qemu"), words);

  CHECK(ended.code == 1);
  CHECK(ended.err.find("--ignition is not supported by vfkit-qemu here: cannot use /dev/vhost-vsock: no such file or "
                       "directory; load the kernel's module vhost_vsock") != std::string::npos);
}
