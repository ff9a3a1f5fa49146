// After posix_spawn(2) and <spawn.h> of macOS 13. Not run on a Mac, only compiled.
#include "daemon/process/spawn.hpp"
#include "daemon/process/spawn_platform.hpp"

namespace microvm::platform {

int closeOthers(posix_spawn_file_actions_t& /*actions*/, posix_spawnattr_t& attributes,
                const std::vector<int>& /*kept*/) {
  // With this flag a child has only what the file actions made. An action that closes what is not open would fail.
  short flags = 0;
  if (const int error = ::posix_spawnattr_getflags(&attributes, &flags); error != 0) return error;
  return ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags | POSIX_SPAWN_CLOEXEC_DEFAULT));
}

int changeFolder(posix_spawn_file_actions_t& actions, const char* folder) {
  return ::posix_spawn_file_actions_addchdir_np(&actions, folder);
}

short newSessionFlag() {
  return POSIX_SPAWN_SETSID;
}

}  // namespace microvm::platform

namespace microvm {

// macOS gives orphans to launchd, always.
void adoptOrphans() {}

}  // namespace microvm
