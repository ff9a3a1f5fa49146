// After dispatch_source_create(3) and libdispatch's event_kevent.c: its process source is a kqueue's EVFILT_PROC that
// also tells the end of a process that had ended before, a zombie too. A kqueue itself would not do: it refuses the
// non-blocking mode in which Asio wants a descriptor. Not run on a Mac, only compiled.
#include <cerrno>
#include <csignal>
#include <dispatch/dispatch.h>
#include <libproc.h>
#include <memory>
#include <sys/proc_info.h>
#include <unistd.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"

namespace microvm {
namespace {

/// What the source holds: closed at the end of the process, which makes the other end readable for ever. It lives until
/// that end, even if nobody waits for it any more.
struct Watch {
  UniqueFd writer;
  dispatch_source_t source = nullptr;
};

void onExit(void* context) {
  auto* watch = static_cast<Watch*>(context);
  watch->writer.reset();
  dispatch_source_cancel(watch->source);
}

void onCancelled(void* context) {
  const std::unique_ptr<Watch> watch(static_cast<Watch*>(context));
  dispatch_release(watch->source);
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
  auto pipe = makePipe();
  if (!pipe) return std::move(pipe).error();
  auto held = std::make_unique<Watch>();
  held->writer = std::move(pipe->write);
  held->source = dispatch_source_create(DISPATCH_SOURCE_TYPE_PROC, static_cast<uintptr_t>(pid), DISPATCH_PROC_EXIT,
                                        dispatch_get_global_queue(QOS_CLASS_USER_INITIATED, 0));
  if (held->source == nullptr) return systemError("cannot watch process " + std::to_string(pid), EINVAL);
  const dispatch_source_t source = held->source;
  dispatch_set_context(source, held.release());
  dispatch_source_set_event_handler_f(source, onExit);
  dispatch_source_set_cancel_handler_f(source, onCancelled);
  dispatch_retain(source);  // ours, for the look below
  dispatch_activate(source);
  if (isEnding(pid)) {
    dispatch_source_cancel(source);  // its end of the pipe goes with it
  }
  dispatch_release(source);
  return std::move(pipe->read);
}

}  // namespace

Result<ExitWatcher> ExitWatcher::forChild(int pid) {
  if (::kill(pid, 0) != 0) return Error{Errc::NotFound, "process " + std::to_string(pid) + " has ended", {}, {}};
  auto fd = watch(pid);
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
