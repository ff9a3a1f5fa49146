#include "daemon/vfkit_qemu/qemu/command_line.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace microvm::vfkit_qemu {
namespace {

/// In QEMU's option syntax a comma inside a value is written twice.
std::string escaped(std::string_view value) {
  std::string out;
  for (char c : value) {
    out += c;
    if (c == ',') out += ',';
  }
  return out;
}

/// Adds the arguments of one device after the other. PCI devices, so that hot paths have their own interrupts.
class DeviceWriter {
public:
  DeviceWriter(std::vector<std::string>& out, const QemuChannels& channels) : out_(out), channels_(channels) {}

  void operator()(const vfkit::Disk& disk) {
    const std::string node = fmt::format("disk{}", disks_++);
    const bool isDevice = disk.type == "dev";
    const nlohmann::ordered_json drive{
        {"driver", "raw"},
        {"node-name", node},
        {"read-only", disk.readOnly},
        {"discard", "unmap"},
        {"file", {{"driver", isDevice ? "host_device" : "file"}, {"filename", disk.path}}}};
    add("-blockdev", drive.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::string device = fmt::format("virtio-blk-pci,drive={}", node);
    if (!disk.deviceId.empty()) device += ",serial=" + escaped(disk.deviceId);
    add("-device", device);
  }
  void operator()(const vfkit::Share& share) {
    const std::string name = fmt::format("share{}", shares_);
    add("-chardev", fmt::format("socket,id={},fd={}", name, channels_.shares.at(shares_++)));
    add("-device", fmt::format("vhost-user-fs-pci,chardev={},tag={}", name, escaped(tagOf(share))));
  }
  void operator()(const vfkit::Net& net) {
    const std::string name = fmt::format("net{}", nets_++);
    add("-netdev", fmt::format("user,id={}", name));
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
  void operator()(const vfkit::Nbd&) {}
  void operator()(const vfkit::Vsock&) {}
  void operator()(const vfkit::Balloon&) {}
  void operator()(const vfkit::Gpu&) {}
  void operator()(const vfkit::Input&) {}
  void operator()(const vfkit::Rosetta&) {}

private:
  void add(std::string_view option, std::string value) {
    out_.emplace_back(option);
    out_.push_back(std::move(value));
  }

  std::string chardev(const vfkit::Serial& serial, const std::string& name) {
    switch (serial.kind) {
      case vfkit::SerialKind::LogFile:
        return fmt::format("file,id={},path={}", name, escaped(serial.logFile));
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
  std::size_t consoles_ = 0;
  std::size_t ptys_ = 0;
};

void addMemory(std::vector<std::string>& out, const vfkit::Options& options, bool shared) {
  out.insert(out.end(), {"-m", fmt::format("{}M", options.memoryMiB)});
  if (!shared) return;
  // virtiofsd reads and writes the guest's memory itself.
  out.insert(out.end(), {"-object", fmt::format("memory-backend-memfd,id=memory,size={}M,share=on", options.memoryMiB),
                         "-machine", "memory-backend=memory"});
}

}  // namespace

std::string_view nameOf(Accelerator accelerator) {
  switch (accelerator) {
    case Accelerator::Tcg:
      return "tcg";
    case Accelerator::Kvm:
      return "kvm";
    case Accelerator::Hvf:
      return "hvf";
  }
  return "tcg";
}

Architecture hostArchitecture() {
#if defined(__aarch64__)
  return Architecture::Arm64;
#else
  return Architecture::Amd64;
#endif
}

std::string_view programName(Architecture architecture) {
  return architecture == Architecture::Arm64 ? "qemu-system-aarch64" : "qemu-system-x86_64";
}

std::string tagOf(const vfkit::Share& share) {
  if (!share.tag.empty()) return share.tag;
  const auto end = share.folder.find_last_not_of('/');
  if (end == std::string::npos) return {};
  const auto slash = share.folder.find_last_of('/', end);
  return share.folder.substr(slash == std::string::npos ? 0 : slash + 1, end - slash);
}

std::vector<std::string> machineArguments(Architecture architecture, Accelerator accelerator) {
  const bool isTcg = accelerator == Accelerator::Tcg;
  const std::string machine =
      architecture == Architecture::Arm64
          ? fmt::format("virt,accel={}{}", nameOf(accelerator), isTcg ? "" : ",gic-version=max")
          : fmt::format("q35,accel={},smm=off,vmport=off,hpet=off,sata=off,smbus=off,usb=off,i8042=off,graphics=off",
                        nameOf(accelerator));
  // Under TCG pointer authentication makes arm64's "max" four times slower than the plain old model.
  const std::string_view emulated = architecture == Architecture::Arm64 ? "cortex-a57" : "max";
  return {"-nodefaults", "-no-user-config", "-display", "none",
          "-machine",    machine,           "-cpu",     std::string(isTcg ? emulated : "host")};
}

std::vector<std::string> qemuArguments(const vfkit::Options& options, Architecture architecture,
                                       Accelerator accelerator, const QemuChannels& channels) {
  std::vector<std::string> out = machineArguments(architecture, accelerator);
  out.insert(out.end(), {"-chardev", fmt::format("socket,id=monitor,fd={}", channels.monitor), "-mon",
                         "chardev=monitor,mode=control", "-smp", fmt::format("{}", options.cpus)});
  addMemory(out, options, !channels.shares.empty());
  if (const auto* boot = std::get_if<vfkit::LinuxBoot>(&options.bootloader))
    out.insert(out.end(), {"-kernel", boot->kernel, "-initrd", boot->initrd, "-append", boot->cmdline});
  DeviceWriter writer(out, channels);
  for (const vfkit::Device& device : options.devices)
    std::visit(writer, device);
  return out;
}

}  // namespace microvm::vfkit_qemu
