#include "daemon/vfkit_qemu/qemu/device_arguments.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

using Words = std::vector<std::string>;

Words deviceWords(const std::vector<vfkit::Device>& devices, const QemuChannels& channels = {}) {
  return deviceArguments(devices, channels);
}

vfkit::Disk disk(const std::string& path) {
  vfkit::Disk made;
  made.path = path;
  return made;
}

vfkit::Disk onBus(vfkit::DiskBus bus, const std::string& path) {
  auto made = disk(path);
  made.bus = bus;
  return made;
}

vfkit::Nbd block(const std::string& uri) {
  vfkit::Nbd made;
  made.uri = uri;
  made.deviceId = "data";
  return made;
}

vfkit::Net over(vfkit::NetKind kind) {
  vfkit::Net made;
  made.kind = kind;
  return made;
}

}  // namespace

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

TEST_CASE("an NVMe disk is its own controller") {
  auto readOnly = onBus(vfkit::DiskBus::Nvme, "/b");
  readOnly.readOnly = true;

  CHECK(deviceWords({onBus(vfkit::DiskBus::Nvme, "/a"), readOnly}) ==
        Words{"-blockdev",
              R"({"driver":"raw","node-name":"disk0","read-only":false,"discard":"unmap",)"
              R"("file":{"driver":"file","filename":"/a"}})",
              "-device", "nvme,drive=disk0,serial=disk0", "-blockdev",
              R"({"driver":"raw","node-name":"disk1","read-only":true,"discard":"unmap",)"
              R"("file":{"driver":"file","filename":"/b"}})",
              "-device", "nvme,drive=disk1,serial=disk1"});
}

TEST_CASE("USB disks share one controller") {
  const Words words = deviceWords({onBus(vfkit::DiskBus::Usb, "/a"), onBus(vfkit::DiskBus::Usb, "/b")});

  REQUIRE(words.size() == 10);
  CHECK(words[3] == "qemu-xhci,id=usb");
  CHECK(words[5] == "usb-storage,drive=disk0,bus=usb.0");
  CHECK(words[9] == "usb-storage,drive=disk1,bus=usb.0");
}

TEST_CASE("a network disk is reached by TCP or by a Unix socket") {
  auto local = block("nbd+unix:///e%20x?socket=/r,un/nbd.sock");
  local.timeoutMs = 500;
  local.sync = "none";
  local.readOnly = true;

  CHECK(deviceWords({block("nbd://host/"), local}) ==
        Words{"-blockdev",
              R"({"driver":"raw","node-name":"disk0","read-only":false,"discard":"unmap",)"
              R"("file":{"driver":"nbd","server":{"type":"inet","host":"host","port":"10809"},"export":"",)"
              R"("open-timeout":15,"reconnect-delay":15}})",
              "-device", "virtio-blk-pci,drive=disk0,serial=data", "-blockdev",
              R"({"driver":"raw","node-name":"disk1","read-only":true,"discard":"unmap","cache":{"no-flush":true},)"
              R"("file":{"driver":"nbd","server":{"type":"unix","path":"/r,un/nbd.sock"},"export":"e x",)"
              R"("open-timeout":1,"reconnect-delay":1}})",
              "-device", "virtio-blk-pci,drive=disk1,serial=data"});
}

TEST_CASE("interfaces that are not NAT carry frames over the sockets that stand ready") {
  QemuChannels channels;
  channels.networks = {7, 8};
  auto named = over(vfkit::NetKind::UnixSocket);
  named.mac = "02:00:00:00:00:02";

  CHECK(deviceWords({over(vfkit::NetKind::Descriptor), over(vfkit::NetKind::Nat), named}, channels) ==
        Words{"-netdev", "dgram,id=net0,local.type=fd,local.str=7", "-device", "virtio-net-pci,netdev=net0,romfile=",
              // between them
              "-netdev", "user,id=net1", "-device", "virtio-net-pci,netdev=net1,romfile=",
              // the second socket
              "-netdev", "dgram,id=net2,local.type=fd,local.str=8", "-device",
              "virtio-net-pci,netdev=net2,romfile=,mac=02:00:00:00:00:02"});
}

TEST_CASE("screens, keyboards and pointers are virtio devices") {
  CHECK(deviceWords({vfkit::Gpu{1280, 800}, vfkit::Input{"keyboard"}, vfkit::Input{"pointing"}}) ==
        Words{"-device", "virtio-gpu-pci,xres=1280,yres=800", "-device", "virtio-keyboard-pci", "-device",
              "virtio-tablet-pci"});
}

TEST_CASE("there is one balloon and one vsock, however often they are asked for") {
  QemuChannels channels;
  channels.vsock = VsockLine{9, 77};

  CHECK(deviceWords({vfkit::Balloon{}, vfkit::Vsock{}, vfkit::Balloon{}, vfkit::Vsock{}}, channels) ==
        Words{"-device", "virtio-balloon-pci,free-page-reporting=on", "-device",
              "vhost-vsock-pci,vhostfd=9,guest-cid=77"});
}

TEST_CASE("no device stands for Rosetta") {
  CHECK(deviceWords({vfkit::Rosetta{}}).empty());
}

TEST_CASE("a comma in a value is written twice") {
  vfkit::Serial file;
  file.kind = vfkit::SerialKind::LogFile;
  file.logFile = "/a,b";
  auto named = disk("/a");
  named.deviceId = "x,y";

  CHECK(deviceWords({file})[3] == "file,id=console0,path=/a,,b");
  CHECK(deviceWords({named})[3] == "virtio-blk-pci,drive=disk0,serial=x,,y");
}
