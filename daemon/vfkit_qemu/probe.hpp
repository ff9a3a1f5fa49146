// What this host has for vfkit-qemu, for programs.
#pragma once
#include <string>
#include <string_view>

namespace microvm::vfkit_qemu {

/// One JSON object: who we are, which QEMU, accelerator and virtiofsd a VM started now would use, and why. What is
/// missing is null. Bounded: a few seconds where QEMU hangs or KVM is asked for the first time, else milliseconds.
std::string probeReport();

/// "7.2.19" out of the first line of `qemu --version`; empty when it is not there.
std::string_view qemuVersionIn(std::string_view text);

}  // namespace microvm::vfkit_qemu
