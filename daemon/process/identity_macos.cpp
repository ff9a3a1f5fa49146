// After <libproc.h> and <sys/proc_info.h>. Not run on a Mac, only compiled.
#include <cerrno>
#include <csignal>
#include <libproc.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <unistd.h>

#include "daemon/process/identity.hpp"

namespace microvm {
namespace {

Error ended(int pid) {
  return Error{Errc::NotFound, "process " + std::to_string(pid) + " has ended", {}, {}};
}

}  // namespace

Result<ProcessIdentity> identify(int pid) {
  constexpr std::uint64_t kMicroseconds = 1'000'000;
  if (pid <= 0) return ended(pid);
  proc_bsdinfo info{};
  // Nothing for a zombie, nor for a process of another user, which is none of ours.
  const int size = ::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info);
  if (size != static_cast<int>(sizeof info) || info.pbi_status == SZOMB) return ended(pid);
  return ProcessIdentity{pid, info.pbi_start_tvsec * kMicroseconds + info.pbi_start_tvusec};
}

bool isAlive(const ProcessIdentity& process) {
  const auto now = identify(process.pid);
  return now && *now == process;
}

Result<void> signalProcess(const ProcessIdentity& process, int signal) {
  // Nothing pins a process here as a pidfd does. Between these two lines it would have to end, be reaped, and its
  // number come round: macOS gives numbers out in turn.
  if (!isAlive(process)) return ended(process.pid);
  if (::kill(process.pid, signal) == 0) return {};
  if (errno == ESRCH) return ended(process.pid);
  return systemError("cannot signal process " + std::to_string(process.pid), errno);
}

Result<std::string> ownProgram() {
  char path[PROC_PIDPATHINFO_MAXSIZE];
  const int length = ::proc_pidpath(::getpid(), path, sizeof path);
  if (length <= 0) return systemError("cannot find the path of this program", errno);
  return std::string(path, static_cast<std::size_t>(length));
}

}  // namespace microvm
