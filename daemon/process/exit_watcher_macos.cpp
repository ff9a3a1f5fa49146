// After kqueue(2) and the EVFILT_PROC part of xnu's kern_event.c. Not run on a Mac, only compiled.
#include <cerrno>
#include <csignal>
#include <libproc.h>
#include <sys/event.h>
#include <sys/proc_info.h>
#include <unistd.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"

namespace microvm {
namespace {

/// A descriptor that is readable for ever: the end of a pipe that nobody writes to.
Result<UniqueFd> readable() {
  int ends[2];
  if (::pipe(ends) != 0) return systemError("cannot make a pipe", errno);
  UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  if (auto set = setCloseOnExec(reader.get()); !set) return std::move(set).error();
  return reader;
}

/// A queue with one event, the end of the process, which is never taken from it. ESRCH tells an ended process, a zombie
/// too: whoever ends between being started and being watched is not missed.
Result<UniqueFd> queueFor(int pid) {
  UniqueFd queue(::kqueue());
  if (!queue) return systemError("cannot make a kqueue", errno);
  if (auto set = setCloseOnExec(queue.get()); !set) return std::move(set).error();
  struct kevent exit {};
  EV_SET(&exit, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (::kevent(queue.get(), &exit, 1, nullptr, 0, nullptr) == 0) return queue;
  if (errno == ESRCH) return Error{Errc::NotFound, "process " + std::to_string(pid) + " has ended", {}, {}};
  return systemError("cannot watch process " + std::to_string(pid), errno);
}

/// The kernel tells of an end while the process is still ending, and whoever comes after that hears nothing more
/// although the registration is accepted. Such a process counts as ended: to wait for its last steps is to reap it.
bool isEnding(int pid) {
  proc_bsdinfo info{};
  const int size = ::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info);
  return size != static_cast<int>(sizeof info) || (info.pbi_flags & PROC_FLAG_INEXIT) != 0;
}

/// Registered first and looked at then, so that an end is seen by the one or the other.
Result<UniqueFd> watch(int pid) {
  auto fd = queueFor(pid);
  if (fd && isEnding(pid)) return readable();
  return fd;
}

}  // namespace

Result<ExitWatcher> ExitWatcher::forChild(int pid) {
  auto fd = watch(pid);
  // Still in the table and not to be watched: a child that has ended and waits to be reaped.
  const bool isZombie = !fd && fd.error().code == Errc::NotFound && ::kill(pid, 0) == 0;
  if (isZombie) fd = readable();
  if (!fd) return std::move(fd).error();
  return ExitWatcher(std::move(*fd));
}

Result<ExitWatcher> ExitWatcher::forProcess(const ProcessIdentity& process) {
  auto fd = watch(process.pid);
  if (!fd) return std::move(fd).error();
  if (!isAlive(process)) {
    return Error{Errc::NotFound, "process " + std::to_string(process.pid) + " has ended", {}, {}};
  }
  return ExitWatcher(std::move(*fd));
}

}  // namespace microvm
