#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/process/exit_watcher.hpp"

namespace microvm {

Result<ExitWatcher> ExitWatcher::forChild(int pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // a pidfd is always close-on-exec
  if (!fd && errno == ESRCH) return Error{Errc::NotFound, "process " + std::to_string(pid) + " has ended", {}, {}};
  if (!fd) return systemError("cannot watch process " + std::to_string(pid), errno);
  return ExitWatcher(std::move(fd));
}

Result<ExitWatcher> ExitWatcher::forProcess(const ProcessIdentity& process) {
  auto watcher = forChild(process.pid);
  if (watcher && !isAlive(process)) {
    return Error{Errc::NotFound, "process " + std::to_string(process.pid) + " has ended", {}, {}};
  }
  return watcher;
}

}  // namespace microvm
