// What can be said about a command line before anything is started.
#pragma once
#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/qemu/command_line.hpp"

namespace microvm::vfkit_qemu {

/// Refuses every device and feature that vfkit has and this program has not, with the reason.
Result<void> checkSupported(const vfkit::Options& options);

/// The kernel, the initrd, the disks, the shared folders and the machine's size are there and usable. The error names
/// the thing.
Result<void> checkFiles(const vfkit::Options& options, Architecture architecture);

}  // namespace microvm::vfkit_qemu
