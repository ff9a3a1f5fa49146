// What differs between systems in spawn.cpp.
#pragma once
#include <spawn.h>
#include <vector>

#include "daemon/process/identity.hpp"

namespace microvm::platform {

/// The child closes every descriptor but these, which are in order and made by the actions before. Returns an errno
/// value.
int closeOthers(posix_spawn_file_actions_t& actions, posix_spawnattr_t& attributes, const std::vector<int>& kept);
int changeFolder(posix_spawn_file_actions_t& actions, const char* folder);
short newSessionFlag();

}  // namespace microvm::platform
