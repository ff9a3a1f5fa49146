#include <sys/prctl.h>

#include "daemon/process/spawn.hpp"
#include "daemon/process/spawn_platform.hpp"

namespace microvm::platform {

int closeOthers(posix_spawn_file_actions_t& actions, posix_spawnattr_t& /*attributes*/, const std::vector<int>& kept) {
  int next = 0;
  for (const int fd : kept) {
    for (; next < fd; ++next) {
      if (const int error = ::posix_spawn_file_actions_addclose(&actions, next); error != 0) return error;
    }
    next = fd + 1;
  }
  return ::posix_spawn_file_actions_addclosefrom_np(&actions, next);
}

int changeFolder(posix_spawn_file_actions_t& actions, const char* folder) {
  return ::posix_spawn_file_actions_addchdir_np(&actions, folder);
}

short newSessionFlag() {
  return POSIX_SPAWN_SETSID;
}

}  // namespace microvm::platform

namespace microvm {

void adoptOrphans() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

}  // namespace microvm
