// A vfkit command line as one of QEMU.
#pragma once
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

/// Descriptors under the numbers that QEMU sees them by.
struct QemuChannels {
  int monitor = -1;
  std::vector<int> ptys;    ///< of the pty serial devices, in their order
  std::vector<int> shares;  ///< sockets to virtiofsd, in the order of the virtio-fs devices
};

/// The words after the program's name. The options must have passed the preflight.
std::vector<std::string> qemuArguments(const vfkit::Options& options, Architecture architecture,
                                       Accelerator accelerator, const QemuChannels& channels);

/// The tag of a share: what was given, or the last part of its folder's name.
std::string tagOf(const vfkit::Share& share);

}  // namespace microvm::vfkit_qemu
