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

/// The words that the devices add, behind everything else.
Words deviceWords(std::vector<vfkit::Device> devices, QemuChannels channels = {}) {
  channels.monitor = 3;
  const Words bare = qemuArguments(linuxGuest(), Architecture::Amd64, Accelerator::Tcg, channels);
  const Words all = qemuArguments(linuxGuest(std::move(devices)), Architecture::Amd64, Accelerator::Tcg, channels);
  REQUIRE(std::equal(bare.begin(), bare.end(), all.begin()));
  return {all.begin() + static_cast<std::ptrdiff_t>(bare.size()), all.end()};
}

std::string valueOf(const Words& words, const std::string& option) {
  const auto found = std::find(words.begin(), words.end(), option);
  return found == words.end() || found + 1 == words.end() ? "" : *(found + 1);
}

vfkit::Disk disk(const std::string& path) {
  vfkit::Disk made;
  made.path = path;
  return made;
}

constexpr const char* kAmd64Machine = "smm=off,vmport=off,hpet=off,sata=off,smbus=off,usb=off,i8042=off,graphics=off";

}  // namespace

TEST_CASE("a machine has nothing that was not asked for") {
  QemuChannels channels;
  channels.monitor = 3;

  CHECK(qemuArguments(linuxGuest(), Architecture::Amd64, Accelerator::Tcg, channels) ==
        Words{"-nodefaults", "-no-user-config", "-display", "none", "-machine",
              std::string("q35,accel=tcg,") + kAmd64Machine, "-cpu", "max",
              // the monitor
              "-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control",
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

TEST_CASE("disks come in their order, with any name") {
  auto second = disk("/b \"q\"");
  second.readOnly = true;
  second.deviceId = "root";
  auto third = disk("/dev/loop7");
  third.type = "dev";

  CHECK(deviceWords({disk("/a.img"), second, third}) ==
        Words{"-blockdev",
              R"({"driver":"raw","node-name":"disk0","read-only":false,"discard":"unmap",)"
              R"("file":{"driver":"file","filename":"/a.img"}})",
              "-device", "virtio-blk-pci,drive=disk0", "-blockdev",
              R"({"driver":"raw","node-name":"disk1","read-only":true,"discard":"unmap",)"
              R"("file":{"driver":"file","filename":"/b \"q\""}})",
              "-device", "virtio-blk-pci,drive=disk1,serial=root", "-blockdev",
              R"({"driver":"raw","node-name":"disk2","read-only":false,"discard":"unmap",)"
              R"("file":{"driver":"host_device","filename":"/dev/loop7"}})",
              "-device", "virtio-blk-pci,drive=disk2"});
}

TEST_CASE("a NAT interface has the address it was given, and no boot ROM") {
  vfkit::Net first;
  first.mac = "02:00:00:00:00:01";

  CHECK(deviceWords({first, vfkit::Net{}}) ==
        Words{"-netdev", "user,id=net0", "-device", "virtio-net-pci,netdev=net0,romfile=,mac=02:00:00:00:00:01",
              "-netdev", "user,id=net1", "-device", "virtio-net-pci,netdev=net1,romfile="});
}

TEST_CASE("all consoles are ports of one serial device") {
  QemuChannels channels;
  channels.ptys = {4, 5};
  const vfkit::Serial pty;
  vfkit::Serial file;
  file.kind = vfkit::SerialKind::LogFile;
  file.logFile = "/log";
  vfkit::Serial stdio;
  stdio.kind = vfkit::SerialKind::Stdio;

  CHECK(deviceWords({pty, file, stdio, pty}, channels) ==
        Words{"-device", "virtio-serial-pci", "-add-fd", "fd=4,set=0", "-chardev",
              "serial,id=console0,path=/dev/fdset/0", "-device", "virtconsole,chardev=console0",
              // a log file
              "-chardev", "file,id=console1,path=/log", "-device", "virtconsole,chardev=console1",
              // the terminal we were started on
              "-chardev", "stdio,id=console2,signal=on", "-device", "virtconsole,chardev=console2",
              // the second pty
              "-add-fd", "fd=5,set=1", "-chardev", "serial,id=console3,path=/dev/fdset/1", "-device",
              "virtconsole,chardev=console3"});
}

TEST_CASE("a share makes the guest's memory one that virtiofsd can map") {
  QemuChannels channels;
  channels.monitor = 3;
  channels.shares = {4, 5};

  const Words words = qemuArguments(linuxGuest({vfkit::Share{"/src", "code"}, vfkit::Share{"/home/me/work/", ""}}),
                                    Architecture::Amd64, Accelerator::Tcg, channels);

  CHECK(valueOf(words, "-object") == "memory-backend-memfd,id=memory,size=256M,share=on");
  CHECK(std::count(words.begin(), words.end(), "memory-backend=memory") == 1);
  const Words last(words.end() - 8, words.end());
  CHECK(last == Words{"-chardev", "socket,id=share0,fd=4", "-device", "vhost-user-fs-pci,chardev=share0,tag=code",
                      "-chardev", "socket,id=share1,fd=5", "-device", "vhost-user-fs-pci,chardev=share1,tag=work"});
}

TEST_CASE("a share without a tag is called as its folder is") {
  CHECK(tagOf({"/a/b", ""}) == "b");
  CHECK(tagOf({"/a/b//", ""}) == "b");
  CHECK(tagOf({"b", ""}) == "b");
  CHECK(tagOf({"/", ""}).empty());
  CHECK(tagOf({"/a/b", "given"}) == "given");
}

TEST_CASE("a random number device is a device") {
  CHECK(deviceWords({vfkit::Rng{}}) == Words{"-device", "virtio-rng-pci"});
}

TEST_CASE("a device that cannot be had adds nothing") {
  CHECK(deviceWords({vfkit::Nbd{}, vfkit::Vsock{}, vfkit::Balloon{}, vfkit::Gpu{}, vfkit::Input{}, vfkit::Rosetta{}})
            .empty());
}
