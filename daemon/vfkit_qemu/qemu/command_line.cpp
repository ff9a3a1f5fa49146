#include "daemon/vfkit_qemu/qemu/command_line.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/vfkit_qemu/qemu/device_arguments.hpp"

namespace microvm::vfkit_qemu {
namespace {

void addMemory(std::vector<std::string>& out, const vfkit::Options& options, bool shared) {
  out.insert(out.end(), {"-m", fmt::format("{}M", options.memoryMiB)});
  if (!shared) return;
  // virtiofsd reads and writes the guest's memory itself.
  out.insert(out.end(), {"-object", fmt::format("memory-backend-memfd,id=memory,size={}M,share=on", options.memoryMiB),
                         "-machine", "memory-backend=memory"});
}

/// QEMU's own monitor and text consoles stay off the screen: what is shown is the guest's.
void addDisplay(std::vector<std::string>& out, const Display& display) {
  out.insert(out.end(), {"-display", display.window.empty() ? "none" : display.window});
  if (!display.socket.empty()) out.insert(out.end(), {"-vnc", "unix:" + escapedValue(display.socket)});
}

std::string flashDrive(std::string_view node, const std::string& path, bool readOnly) {
  const nlohmann::ordered_json drive{{"driver", "raw"},
                                     {"node-name", node},
                                     {"read-only", readOnly},
                                     {"file", {{"driver", "file"}, {"filename", path}}}};
  return drive.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void addBoot(std::vector<std::string>& out, const vfkit::Bootloader& bootloader, const QemuChannels& channels) {
  if (const auto* boot = std::get_if<vfkit::LinuxBoot>(&bootloader))
    out.insert(out.end(), {"-kernel", boot->kernel, "-initrd", boot->initrd, "-append", boot->cmdline});
  if (!channels.firmware) return;
  out.insert(out.end(), {"-blockdev", flashDrive("firmware", channels.firmware->code, true), "-blockdev",
                         flashDrive("variables", channels.firmware->variables, false), "-machine",
                         "pflash0=firmware,pflash1=variables"});
}

/// Where Ignition looks for its configuration in a guest of QEMU: "fw_cfg" of its platform "qemu". A guest made for
/// vfkit asks for it on a vsock port.
void addIgnition(std::vector<std::string>& out, const std::string& file) {
  if (file.empty()) return;
  out.insert(out.end(), {"-fw_cfg", "name=opt/com.coreos/config,file=" + escapedValue(file)});
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

std::vector<std::string> machineArguments(Architecture architecture, Accelerator accelerator) {
  const bool isTcg = accelerator == Accelerator::Tcg;
  const std::string machine =
      architecture == Architecture::Arm64
          ? fmt::format("virt,accel={}{}", nameOf(accelerator), isTcg ? "" : ",gic-version=max")
          : fmt::format("q35,accel={},smm=off,vmport=off,hpet=off,sata=off,smbus=off,usb=off,i8042=off,graphics=off",
                        nameOf(accelerator));
  // Under TCG pointer authentication makes arm64's "max" four times slower than the plain old model.
  const std::string_view emulated = architecture == Architecture::Arm64 ? "cortex-a57" : "max";
  return {"-nodefaults", "-no-user-config", "-machine", machine, "-cpu", std::string(isTcg ? emulated : "host")};
}

std::vector<std::string> qemuArguments(const vfkit::Options& options, const Host& host, const QemuChannels& channels) {
  std::vector<std::string> out = machineArguments(host.architecture, host.accelerator);
  // Without it arm64's processor has no hypervisor level; amd64's extensions need no word.
  if (options.nested && host.architecture == Architecture::Arm64)
    out.insert(out.end(), {"-machine", "virtualization=on"});
  addDisplay(out, channels.display);
  out.insert(out.end(), {"-chardev", fmt::format("socket,id=monitor,fd={}", channels.monitor), "-mon",
                         "chardev=monitor,mode=control", "-smp", fmt::format("{}", options.cpus)});
  addMemory(out, options, !channels.shares.empty());
  addBoot(out, options.bootloader, channels);
  addIgnition(out, options.ignition);
  for (std::string& word : deviceArguments(options.devices, channels))
    out.push_back(std::move(word));
  return out;
}

}  // namespace microvm::vfkit_qemu
