#include "daemon/vfkit_qemu/qemu/command_line.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

using Words = std::vector<std::string>;

vfkit::Options linuxGuest(std::vector<vfkit::Device> devices = {}) {
  vfkit::Options options;
  options.cpus = 2;
  options.memoryMiB = 256;
  options.bootloader = vfkit::LinuxBoot{"/k", "/i", "console=hvc0 a=\"b,c\""};
  options.devices = std::move(devices);
  return options;
}

std::string valueOf(const Words& words, const std::string& option) {
  const auto found = std::find(words.begin(), words.end(), option);
  return found == words.end() || found + 1 == words.end() ? "" : *(found + 1);
}

constexpr const char* kAmd64Machine = "smm=off,vmport=off,hpet=off,sata=off,smbus=off,usb=off,i8042=off,graphics=off";

}  // namespace

TEST_CASE("a machine has nothing that was not asked for") {
  QemuChannels channels;
  channels.monitor = 3;

  CHECK(qemuArguments(linuxGuest(), Host{}, channels) ==
        Words{"-nodefaults", "-no-user-config", "-machine", std::string("q35,accel=tcg,") + kAmd64Machine, "-cpu",
              "max",
              // no screen, and the monitor
              "-display", "none", "-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control",
              // its size and what it boots
              "-smp", "2", "-m", "256M", "-kernel", "/k", "-initrd", "/i", "-append", "console=hvc0 a=\"b,c\""});
}

TEST_CASE("the machine and its processor depend on the architecture and the accelerator") {
  struct Row {
    Architecture architecture;
    Accelerator accelerator;
    std::string machine;
    std::string processor;
  };
  const std::vector<Row> rows{
      {Architecture::Amd64, Accelerator::Tcg, std::string("q35,accel=tcg,") + kAmd64Machine, "max"},
      {Architecture::Amd64, Accelerator::Kvm, std::string("q35,accel=kvm,") + kAmd64Machine, "host"},
      {Architecture::Amd64, Accelerator::Hvf, std::string("q35,accel=hvf,") + kAmd64Machine, "host"},
      {Architecture::Arm64, Accelerator::Tcg, "virt,accel=tcg", "cortex-a57"},
      {Architecture::Arm64, Accelerator::Kvm, "virt,accel=kvm,gic-version=max", "host"},
      {Architecture::Arm64, Accelerator::Hvf, "virt,accel=hvf,gic-version=max", "host"}};

  for (const Row& row : rows) {
    const Words words = machineArguments(row.architecture, row.accelerator);
    CHECK(valueOf(words, "-machine") == row.machine);
    CHECK(valueOf(words, "-cpu") == row.processor);
  }
}

TEST_CASE("each architecture has its QEMU") {
  CHECK(programName(Architecture::Amd64) == "qemu-system-x86_64");
  CHECK(programName(Architecture::Arm64) == "qemu-system-aarch64");
}

TEST_CASE("a share makes the guest's memory one that virtiofsd can map") {
  QemuChannels channels;
  channels.monitor = 3;
  channels.shares = {4, 5};

  const Words words =
      qemuArguments(linuxGuest({vfkit::Share{"/src", "code"}, vfkit::Share{"/home/me/work/", ""}}), Host{}, channels);

  CHECK(valueOf(words, "-object") == "memory-backend-memfd,id=memory,size=256M,share=on");
  CHECK(std::count(words.begin(), words.end(), "memory-backend=memory") == 1);
  const Words last(words.end() - 8, words.end());
  CHECK(last == Words{"-chardev", "socket,id=share0,fd=4", "-device", "vhost-user-fs-pci,chardev=share0,tag=code",
                      "-chardev", "socket,id=share1,fd=5", "-device", "vhost-user-fs-pci,chardev=share1,tag=work"});
}

TEST_CASE("a firmware's images are flash memory") {
  QemuChannels channels;
  channels.firmware = Firmware{"/code.fd", "/a,b.vars"};
  vfkit::Options options;
  options.bootloader = vfkit::EfiBoot{"/a,b.vars", false};

  const Words words = qemuArguments(options, Host{}, channels);

  CHECK(std::count(words.begin(), words.end(), "-kernel") == 0);
  const Words last(words.end() - 6, words.end());
  CHECK(last == Words{"-blockdev",
                      R"({"driver":"raw","node-name":"firmware","read-only":true,)"
                      R"("file":{"driver":"file","filename":"/code.fd"}})",
                      "-blockdev",
                      R"({"driver":"raw","node-name":"variables","read-only":false,)"
                      R"("file":{"driver":"file","filename":"/a,b.vars"}})",
                      "-machine", "pflash0=firmware,pflash1=variables"});
}

TEST_CASE("a configuration for Ignition is a file of fw_cfg, whatever its path") {
  auto options = linuxGuest();
  options.ignition = "/my configs/a,b.ign";

  CHECK(valueOf(qemuArguments(options, Host{}, {}), "-fw_cfg") ==
        "name=opt/com.coreos/config,file=/my configs/a,,b.ign");
}

TEST_CASE("a screen is shown in a window or by VNC on a socket, never on a port") {
  QemuChannels channels;
  channels.display.window = "gtk";
  CHECK(valueOf(qemuArguments(linuxGuest(), Host{}, channels), "-display") == "gtk");
  channels.display = Display{"", "/r,un/vnc.sock"};

  const Words words = qemuArguments(linuxGuest(), Host{}, channels);

  CHECK(valueOf(words, "-display") == "none");
  CHECK(valueOf(words, "-vnc") == "unix:/r,,un/vnc.sock");
}

TEST_CASE("a nested guest needs a word on arm64 alone") {
  auto options = linuxGuest();
  options.nested = true;
  const auto words = qemuArguments(options, Host{Architecture::Arm64, Accelerator::Tcg}, QemuChannels{});

  CHECK(std::count(words.begin(), words.end(), "virtualization=on") == 1);
  CHECK(qemuArguments(options, Host{}, QemuChannels{}) == qemuArguments(linuxGuest(), Host{}, QemuChannels{}));
}

TEST_CASE("a guest for arm64 has the same devices on its own machine") {
  auto options = linuxGuest({vfkit::Rng{}, vfkit::Balloon{}});

  const Words words = qemuArguments(options, Host{Architecture::Arm64, Accelerator::Tcg}, QemuChannels{});

  CHECK(valueOf(words, "-machine") == "virt,accel=tcg");
  const Words last(words.end() - 4, words.end());
  CHECK(last == Words{"-device", "virtio-rng-pci", "-device", "virtio-balloon-pci,free-page-reporting=on"});
}
