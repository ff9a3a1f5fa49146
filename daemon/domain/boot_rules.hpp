// What a VM may boot and be started with.
#pragma once
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/definition/boot.hpp"
#include "daemon/domain/definition/devices.hpp"

namespace microvm {

void checkBoot(const Boot& boot, const Graphics& graphics, std::vector<FieldError>& errors);
void checkCloudInit(const CloudInit& cloudInit, std::vector<FieldError>& errors);
void checkExtraArgs(const std::vector<std::string>& extraArgs, std::vector<FieldError>& errors);

/// The kernel's command line; daemon/domain/definition.hpp tells of it.
std::string commandLineOf(const LinuxBoot& boot, const Graphics& graphics);

}  // namespace microvm
