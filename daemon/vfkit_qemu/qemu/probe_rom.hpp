// The firmware of the KVM probe: a guest of a few hundred bytes that does what a kernel does all the time.
#pragma once
#include <string>

#include "daemon/vfkit_qemu/qemu/command_line.hpp"

namespace microvm::vfkit_qemu {

/// The image to start with -bios. It runs thirty million instructions of the kernel's privilege level and ends the
/// guest. On amd64 it does so in long mode with paging, and waits for an interrupt of the local APIC's timer at the
/// end.
std::string probeRom(Architecture architecture);

/// What QEMU's exit code is then.
int probeExitCode(Architecture architecture);

/// The arguments beside those of the machine.
std::vector<std::string> probeArguments(Architecture architecture, const std::string& romPath);

}  // namespace microvm::vfkit_qemu
