// What differs between systems in spawn.cpp.
#pragma once
#include <spawn.h>

#include "daemon/process/identity.hpp"

namespace microvm::platform {

/// The child closes every descriptor from this number on. Returns an errno value.
int closeFrom(posix_spawn_file_actions_t& actions, posix_spawnattr_t& attributes, int lowest);
int changeFolder(posix_spawn_file_actions_t& actions, const char* folder);
short newSessionFlag();

}  // namespace microvm::platform
