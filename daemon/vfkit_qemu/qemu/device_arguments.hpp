// vfkit's devices in QEMU's words.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "daemon/vfkit_qemu/qemu/command_line.hpp"

namespace microvm::vfkit_qemu {

/// The arguments of one device after the other, in their order: the guest sees disks and interfaces in it. Rosetta is
/// left out.
std::vector<std::string> deviceArguments(const std::vector<vfkit::Device>& devices, const QemuChannels& channels);

/// The tag of a share: what was given, or the last part of its folder's name.
std::string tagOf(const vfkit::Share& share);

/// In QEMU's option syntax a comma inside a value is written twice.
std::string escapedValue(std::string_view value);

}  // namespace microvm::vfkit_qemu
