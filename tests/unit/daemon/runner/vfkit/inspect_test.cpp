#include "daemon/runner/vfkit/inspect.hpp"

#include <doctest/doctest.h>

using namespace microvm::vfkit;

TEST_CASE("the document has vfkit's members in vfkit's order") {
  Options options;
  options.cpus = 2;
  options.memoryMiB = 2048;
  options.bootloader = LinuxBoot{"/v/Image", "/v/initrd", "console=hvc0 root=/dev/vda"};
  options.devices = {Disk{DiskBus::VirtioBlk, "/v/disk.raw", "", "root", false},
                     Net{NetKind::Descriptor, 9, "", true, "52:54:00:12:34:56"},
                     Share{"/Users/me/src", "src"},
                     Vsock{1025, "/v/1025.sock", true},
                     Serial{SerialKind::Pty, ""},
                     Rng{},
                     Balloon{}};
  options.timesyncPort = 1234;
  options.nested = true;

  const std::string text = inspectText(options, {"/dev/ttys004"});

  CHECK(
      text ==
      R"({"vcpus":2,"memoryBytes":2147483648,)"
      R"("bootloader":{"kind":"linuxBootloader","vmlinuzPath":"/v/Image","kernelCmdLine":"console=hvc0 root=/dev/vda","initrdPath":"/v/initrd"},)"
      R"("devices":[{"kind":"virtioblk","devName":"virtio-blk","imagePath":"/v/disk.raw","deviceIdentifier":"root"},)"
      R"({"kind":"virtionet","nat":false,"socket":{},"vfkitMagic":true,"macAddress":"52:54:00:12:34:56"},)"
      R"({"kind":"virtiofs","mountTag":"src","sharedDir":"/Users/me/src"},)"
      R"({"kind":"virtiosock","port":1025,"socketURL":"/v/1025.sock","listen":true},)"
      R"({"kind":"virtioserial","usesPty":true,"ptyName":"/dev/ttys004"},{"kind":"virtiorng"},{"kind":"virtioballoon"}],)"
      R"("timesync":{"vsockPort":1234},"nested":true})");
}

TEST_CASE("markup characters are escaped as Go's encoder does") {
  Options options;
  options.bootloader = LinuxBoot{"/k", "/i", "a<b>&c"};

  CHECK(inspectText(options).find(R"(a\u003cb\u003e\u0026c)") != std::string::npos);
}
