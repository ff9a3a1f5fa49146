// UEFI for a guest: the distribution's firmware and the guest's own variables.
#pragma once
#include <vector>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/qemu/command_line.hpp"

namespace microvm::vfkit_qemu {

/// Where firmware is found: the code, and what a guest's variables begin as.
struct FirmwarePlace {
  std::string code;
  std::string variables;
};
std::vector<FirmwarePlace> firmwarePlaces(Architecture architecture);
/// Those that are there and can be read.
std::vector<FirmwarePlace> installedFirmware(const std::vector<FirmwarePlace>& places);

/// The firmware for this guest. With `create` its variable store is made anew; without, it has to be there and to be
/// one of a firmware that is installed. Errc::RunnerMissing without any firmware.
Result<Firmware> prepareFirmware(const vfkit::EfiBoot& boot, const std::vector<FirmwarePlace>& places);

}  // namespace microvm::vfkit_qemu
