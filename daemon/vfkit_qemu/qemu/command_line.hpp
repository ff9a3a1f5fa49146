// A vfkit command line as one of QEMU.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit_qemu {

enum class Architecture { Amd64, Arm64 };
enum class Accelerator { Tcg, Kvm, Hvf };

/// "tcg", "kvm", "hvf".
std::string_view nameOf(Accelerator accelerator);

/// The architecture that this program was compiled for, which is the guest's too.
Architecture hostArchitecture();
/// "qemu-system-x86_64", "qemu-system-aarch64".
std::string_view programName(Architecture architecture);
/// What every machine of the project is: the machine type with all that no guest of ours needs left out, and the
/// processor. The probe of KVM uses the same.
std::vector<std::string> machineArguments(Architecture architecture, Accelerator accelerator);

/// What keeps QEMU itself in: no new programs, no privileges. Nothing where QEMU cannot do it.
std::vector<std::string> sandboxArguments();

/// The images of a guest's UEFI firmware.
struct Firmware {
  std::string code;
  std::string variables;  ///< written by the guest
};

/// Where the guest's screen is shown.
struct Display {
  std::string window;  ///< QEMU's name of a kind of window, "gtk"; empty: none
  std::string socket;  ///< path of the Unix socket of a VNC server; empty: none
};

/// The kernel's vsock device for one guest.
struct VsockLine {
  int descriptor = -1;
  std::uint32_t cid = 0;
};

/// What stands ready on the host, descriptors under the numbers that QEMU sees them by.
struct QemuChannels {
  int monitor = -1;
  std::vector<int> ptys;      ///< of the pty serial devices, in their order
  std::vector<int> shares;    ///< sockets to virtiofsd, in the order of the virtio-fs devices
  std::vector<int> networks;  ///< datagram sockets of the virtio-net devices that are not nat, in their order
  std::optional<VsockLine> vsock;
  std::optional<Firmware> firmware;
  Display display;
};

/// The machine that QEMU is to be.
struct Host {
  Architecture architecture = Architecture::Amd64;
  Accelerator accelerator = Accelerator::Tcg;
};

/// The words after the program's name. The options must have passed the preflight.
std::vector<std::string> qemuArguments(const vfkit::Options& options, const Host& host, const QemuChannels& channels);

}  // namespace microvm::vfkit_qemu
