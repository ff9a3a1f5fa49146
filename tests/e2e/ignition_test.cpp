// A guest's configuration for Ignition: in fw_cfg on every host, on a vsock port too where the host has vsock. What a
// guest would read on the port is shown by the unit test of daemon/vfkit_qemu/vsock/ignition.cpp, over sockets: the
// guest of the tests has no program that speaks vsock, and the server answers nobody else.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

namespace {

constexpr const char* kConfig = R"({"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/etc/a, b"}]}})";

bool hasVsock() {
  return std::filesystem::exists("/dev/vhost-vsock");
}

bool hasLine(const std::string& text, const std::string& line) {
  return text.find(line) != std::string::npos;
}

}  // namespace

TEST_CASE("a guest reads its configuration for Ignition byte for byte, and is told how it comes") {
  const TempDir folder;
  DirectGuest guest({"virtio-rng"}, {"--ignition", folder.write("config of web.ign", kConfig)});

  const auto read = guest.run("modprobe qemu_fw_cfg; cat /sys/firmware/qemu_fw_cfg/by_name/opt/com.coreos/config/raw");

  CHECK_MESSAGE(hasLine(read, kConfig), read);
  CHECK_FALSE(hasLine(guest.log(), "level=error"));
  CHECK(hasLine(guest.log(), "the guest finds its configuration in fw_cfg") == !hasVsock());
}

TEST_CASE("a guest with ignition has the vsock device, on a host that has vsock" * doctest::skip(!hasVsock())) {
  const TempDir folder;
  DirectGuest guest({"virtio-rng"}, {"--ignition", folder.write("config.ign", kConfig)});

  CHECK(hasLine(guest.run("modprobe vmw_vsock_virtio_transport; ls /dev/vsock"), "/dev/vsock"));
}

TEST_CASE("a vsock is refused with what the host lacks, on a host without" * doctest::skip(hasVsock())) {
  const TempDir folder;
  Words words = linuxBoot();
  words.insert(words.end(), {"--device", "virtio-vsock,port=1024,socketURL=" + (folder / "socket")});

  const auto ended = runProgram(builtProgram("vfkit-qemu"), words);

  CHECK(ended.code == 1);
  CHECK(hasLine(ended.err,
                "virtio-vsock is not supported by vfkit-qemu here: cannot use /dev/vhost-vsock: no such file or "
                "directory; load the kernel's module vhost_vsock"));
}
