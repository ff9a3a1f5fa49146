// The places that the daemon works in.
#pragma once
#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

std::optional<Finding> checkStateFolder(const Host& host, const Subject& subject);
std::optional<Finding> checkRunFolder(const Host& host, const Subject& subject);
std::optional<Finding> checkSocketPaths(const Host& host, const Subject& subject);
std::optional<Finding> checkDiskSpace(const Host& host, const Subject& subject);
std::optional<Finding> checkOpenFiles(const Host& host, const Subject& subject);

}  // namespace microvm::doctor
