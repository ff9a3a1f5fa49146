#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/identity.hpp"

namespace microvm {
namespace {

Error ended(int pid) {
  return Error{Errc::NotFound, "process " + std::to_string(pid) + " has ended", {}, {}};
}

/// The words of /proc/<pid>/stat behind the program's name, which may itself hold spaces and parentheses.
std::string_view afterName(std::string_view stat) {
  const auto end = stat.rfind(')');
  return end == std::string_view::npos || end + 2 > stat.size() ? std::string_view{} : stat.substr(end + 2);
}

std::string_view word(std::string_view text, int index) {
  for (; index > 0; --index) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return {};
    text.remove_prefix(space + 1);
  }
  return text.substr(0, text.find(' '));
}

}  // namespace

Result<ProcessIdentity> identify(int pid) {
  constexpr std::size_t kCap = 8192;
  if (pid <= 0) return ended(pid);
  const auto stat = readFile("/proc/" + std::to_string(pid) + "/stat", kCap);
  if (!stat) return ended(pid);
  // proc(5) counts from 1: field 3 is the state, field 22 the start time; the first word here is field 3.
  const auto words = afterName(*stat);
  const auto state = word(words, 0);
  const auto start = word(words, 19);
  ProcessIdentity found{pid, 0};
  const auto [end, error] = std::from_chars(start.data(), start.data() + start.size(), found.startTime);
  if (state.empty() || state == "Z" || state == "X" || error != std::errc{} || end == start.data()) return ended(pid);
  return found;
}

bool isAlive(const ProcessIdentity& process) {
  const auto now = identify(process.pid);
  return now && *now == process;
}

Result<void> signalProcess(const ProcessIdentity& process, int signal) {
  // The descriptor pins the process first; only then is it compared, so that nobody can slip in between.
  const UniqueFd pinned(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pinned) return errno == ESRCH ? ended(process.pid) : systemError("cannot open a process", errno);
  if (!isAlive(process)) return ended(process.pid);
  if (::syscall(SYS_pidfd_send_signal, pinned.get(), signal, nullptr, 0) != 0) {
    if (errno == ESRCH) return ended(process.pid);
    return systemError("cannot signal process " + std::to_string(process.pid), errno);
  }
  return {};
}

Result<std::string> ownProgram() {
  char path[PATH_MAX];
  const auto length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return systemError("cannot find the path of this program", errno);
  return std::string(path, static_cast<std::size_t>(length));
}

}  // namespace microvm
