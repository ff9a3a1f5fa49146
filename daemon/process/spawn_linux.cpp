#include <sys/prctl.h>

#include "daemon/process/spawn.hpp"
#include "daemon/process/spawn_platform.hpp"

namespace microvm::platform {

int closeFrom(posix_spawn_file_actions_t& actions, posix_spawnattr_t& /*attributes*/, int lowest) {
  return ::posix_spawn_file_actions_addclosefrom_np(&actions, lowest);
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
