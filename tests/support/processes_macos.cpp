// After <libproc.h> and the KERN_PROCARGS2 of sysctl(3). Not run on a Mac, only compiled.
#include <algorithm>
#include <libproc.h>
#include <sys/proc_info.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "tests/support/processes.hpp"

namespace microvm::test {
namespace {

/// The program and its arguments, with what is between them as blanks; nothing for the processes of others.
std::string commandLineOf(int pid) {
  int name[] = {CTL_KERN, KERN_PROCARGS2, pid};
  std::size_t size = 0;
  if (::sysctl(name, 3, nullptr, &size, nullptr, 0) != 0) return {};
  std::string text(size, '\0');
  if (::sysctl(name, 3, text.data(), &size, nullptr, 0) != 0) return {};
  text.resize(size);
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

int parentOf(int pid) {
  proc_bsdinfo info{};
  const int size = ::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info);
  return size == static_cast<int>(sizeof info) ? static_cast<int>(info.pbi_ppid) : 0;
}

}  // namespace

std::vector<FoundProcess> processesNaming(const std::string& folder) {
  std::vector<int> pids(static_cast<std::size_t>(std::max(0, ::proc_listallpids(nullptr, 0))) + 64);
  const int count = ::proc_listallpids(pids.data(), static_cast<int>(pids.size() * sizeof(int)));
  pids.resize(static_cast<std::size_t>(std::max(0, count)));
  std::vector<FoundProcess> found;
  for (const int pid : pids) {
    const auto commandLine = commandLineOf(pid);
    if (pid == ::getpid() || commandLine.find(folder) == std::string::npos) continue;
    if (const auto identity = identify(pid)) found.push_back({*identity, commandLine, parentOf(pid)});
  }
  return found;
}

std::optional<std::size_t> openDescriptors(int pid) {
  const int size = ::proc_pidinfo(pid, PROC_PIDLISTFDS, 0, nullptr, 0);
  if (size <= 0) return std::nullopt;
  std::vector<proc_fdinfo> found(static_cast<std::size_t>(size) / sizeof(proc_fdinfo));
  const int filled = ::proc_pidinfo(pid, PROC_PIDLISTFDS, 0, found.data(), size);
  if (filled <= 0) return std::nullopt;
  return static_cast<std::size_t>(filled) / sizeof(proc_fdinfo);
}

std::size_t residentBytes(int pid) {
  proc_taskinfo info{};
  if (::proc_pidinfo(pid, PROC_PIDTASKINFO, 0, &info, sizeof info) != static_cast<int>(sizeof info)) return 0;
  return static_cast<std::size_t>(info.pti_resident_size);
}

}  // namespace microvm::test
