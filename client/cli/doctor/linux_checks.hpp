// What Linux has for vfkit-qemu.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

std::optional<Finding> checkQemu(const Host& host, const Subject& subject);
std::optional<Finding> checkKvm(const Host& host, const Subject& subject);
std::optional<Finding> checkVirtiofsd(const Host& host, const Subject& subject);
std::optional<Finding> checkFirmware(const Host& host, const Subject& subject);
std::optional<Finding> checkVsock(const Host& host, const Subject& subject);
std::optional<Finding> checkCgroup(const Host& host, const Subject& subject);

/// What the tightest of the groups around a process still lets it have; nothing where there is no limit.
struct Room {
  std::optional<std::uint64_t> tasks;
  std::optional<std::uint64_t> bytes;
};

/// `groups`: the text of /proc/PID/cgroup, of either version of control groups.
Room roomOf(const Host& host, std::string_view groups);

}  // namespace microvm::doctor
