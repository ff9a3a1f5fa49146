#include "daemon/vfkit_qemu/qemu/device_arguments.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/vfkit_qemu/qemu/nbd_uri.hpp"

namespace microvm::vfkit_qemu {
namespace {

using Json = nlohmann::ordered_json;

/// QEMU counts in seconds. It gives up before we give up waiting for it.
std::int64_t secondsOf(std::int64_t milliseconds) {
  constexpr std::int64_t kMost = 25;
  return std::clamp<std::int64_t>((milliseconds + 999) / 1000, 0, kMost);
}

Json serverOf(const NbdUri& uri) {
  if (uri.socket.empty()) return {{"type", "inet"}, {"host", uri.host}, {"port", uri.port}};
  return {{"type", "unix"}, {"path", uri.socket}};
}

/// PCI devices, so that hot paths have their own interrupts.
class DeviceWriter {
public:
  DeviceWriter(std::vector<std::string>& out, const QemuChannels& channels) : out_(out), channels_(channels) {}

  void operator()(const vfkit::Disk& disk) {
    const bool isDevice = disk.type == "dev";
    const Json file{{"driver", isDevice ? "host_device" : "file"}, {"filename", disk.path}};
    const std::string node = addDrive(file, disk.readOnly, false);
    if (disk.bus == vfkit::DiskBus::VirtioBlk) return addVirtioDisk(node, disk.deviceId);
    if (disk.bus == vfkit::DiskBus::Nvme) return add("-device", fmt::format("nvme,drive={},serial={}", node, node));
    if (!hasUsb_) add("-device", "qemu-xhci,id=usb");
    hasUsb_ = true;
    add("-device", fmt::format("usb-storage,drive={},bus=usb.0", node));
  }
  void operator()(const vfkit::Nbd& nbd) {
    const auto uri = parseNbdUri(nbd.uri);
    if (!uri) return;
    const std::int64_t seconds = secondsOf(nbd.timeoutMs);
    const Json file{{"driver", "nbd"},
                    {"server", serverOf(*uri)},
                    {"export", uri->exportName},
                    {"open-timeout", seconds},
                    {"reconnect-delay", seconds}};
    addVirtioDisk(addDrive(file, nbd.readOnly, nbd.sync == "none"), nbd.deviceId);
  }
  void operator()(const vfkit::Share& share) {
    const std::string name = fmt::format("share{}", shares_);
    add("-chardev", fmt::format("socket,id={},fd={}", name, channels_.shares.at(shares_++)));
    add("-device", fmt::format("vhost-user-fs-pci,chardev={},tag={}", name, escapedValue(tagOf(share))));
  }
  void operator()(const vfkit::Net& net) {
    const std::string name = fmt::format("net{}", nets_++);
    if (net.kind == vfkit::NetKind::Nat)
      add("-netdev", fmt::format("user,id={}", name));
    else
      add("-netdev", fmt::format("dgram,id={},local.type=fd,local.str={}", name, channels_.networks.at(sockets_++)));
    std::string device = fmt::format("virtio-net-pci,netdev={},romfile=", name);
    if (!net.mac.empty()) device += ",mac=" + net.mac;
    add("-device", device);
  }
  void operator()(const vfkit::Serial& serial) {
    const std::string name = fmt::format("console{}", consoles_);
    if (consoles_++ == 0) add("-device", "virtio-serial-pci");
    add("-chardev", chardev(serial, name));
    add("-device", fmt::format("virtconsole,chardev={}", name));
  }
  void operator()(const vfkit::Rng&) { add("-device", "virtio-rng-pci"); }
  void operator()(const vfkit::Balloon&) {
    // A second one would be the first.
    if (!hasBalloon_) add("-device", "virtio-balloon-pci,free-page-reporting=on");
    hasBalloon_ = true;
  }
  void operator()(const vfkit::Gpu& gpu) {
    add("-device", fmt::format("virtio-gpu-pci,xres={},yres={}", gpu.width, gpu.height));
  }
  void operator()(const vfkit::Input& input) {
    add("-device", input.kind == "keyboard" ? "virtio-keyboard-pci" : "virtio-tablet-pci");
  }
  void operator()(const vfkit::Vsock&) {}  // one device for all ports
  void operator()(const vfkit::Rosetta&) {}

private:
  void add(std::string_view option, std::string value) {
    out_.emplace_back(option);
    out_.push_back(std::move(value));
  }

  std::string addDrive(const Json& file, bool readOnly, bool ignoresFlush) {
    std::string node = fmt::format("disk{}", disks_++);
    Json drive{{"driver", "raw"}, {"node-name", node}, {"read-only", readOnly}, {"discard", "unmap"}};
    if (ignoresFlush) drive["cache"] = {{"no-flush", true}};
    drive["file"] = file;
    add("-blockdev", drive.dump(-1, ' ', false, Json::error_handler_t::replace));
    return node;
  }

  void addVirtioDisk(const std::string& node, const std::string& serial) {
    std::string device = fmt::format("virtio-blk-pci,drive={}", node);
    if (!serial.empty()) device += ",serial=" + escapedValue(serial);
    add("-device", std::move(device));
  }

  std::string chardev(const vfkit::Serial& serial, const std::string& name) {
    switch (serial.kind) {
      case vfkit::SerialKind::LogFile:
        return fmt::format("file,id={},path={}", name, escapedValue(serial.logFile));
      case vfkit::SerialKind::Stdio:
        return fmt::format("stdio,id={},signal=on", name);
      case vfkit::SerialKind::Pty:
        break;
    }
    // "serial" takes any terminal, read and write. The descriptor is the controlling side of the pty: no relay between.
    const std::size_t set = ptys_++;
    add("-add-fd", fmt::format("fd={},set={}", channels_.ptys.at(set), set));
    return fmt::format("serial,id={},path=/dev/fdset/{}", name, set);
  }

  std::vector<std::string>& out_;
  const QemuChannels& channels_;
  std::size_t disks_ = 0;
  std::size_t shares_ = 0;
  std::size_t nets_ = 0;
  std::size_t sockets_ = 0;
  std::size_t consoles_ = 0;
  std::size_t ptys_ = 0;
  bool hasUsb_ = false;
  bool hasBalloon_ = false;
};

}  // namespace

std::string escapedValue(std::string_view value) {
  std::string out;
  for (char c : value) {
    out += c;
    if (c == ',') out += ',';
  }
  return out;
}

std::string tagOf(const vfkit::Share& share) {
  if (!share.tag.empty()) return share.tag;
  const auto end = share.folder.find_last_not_of('/');
  if (end == std::string::npos) return {};
  const auto slash = share.folder.find_last_of('/', end);
  return share.folder.substr(slash == std::string::npos ? 0 : slash + 1, end - slash);
}

std::vector<std::string> deviceArguments(const std::vector<vfkit::Device>& devices, const QemuChannels& channels) {
  std::vector<std::string> out;
  DeviceWriter writer(out, channels);
  for (const vfkit::Device& device : devices)
    std::visit(writer, device);
  if (channels.vsock) {
    out.emplace_back("-device");
    out.push_back(
        fmt::format("vhost-vsock-pci,vhostfd={},guest-cid={}", channels.vsock->descriptor, channels.vsock->cid));
  }
  return out;
}

}  // namespace microvm::vfkit_qemu
