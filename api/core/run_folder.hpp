// Which folder may be the daemon's run folder.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"

namespace microvm {

/// The longest run folder, in bytes: below it is a VM's folder, of nine bytes, and in that one of at most 81 vfkit
/// binds a socket of up to 22 bytes. 103 bytes is the longest path of a socket everywhere.
inline constexpr std::size_t kLongestRunFolder = 72;

/// Errc::Invalid when a socket in a VM's run folder would be too long for some system, or a runner would misread it.
Result<void> checkRunFolder(const std::string& runFolder);

/// The first of these that may be one, and is absolute. Nothing when none may.
std::optional<std::string> firstRunFolder(const std::vector<std::string>& folders);

}  // namespace microvm
