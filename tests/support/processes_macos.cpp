// After <libproc.h> and the KERN_PROCARGS2 of sysctl(3). Not run on a Mac, only compiled.
#include <algorithm>
#include <libproc.h>
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

}  // namespace

std::vector<FoundProcess> processesNaming(const std::string& folder) {
  std::vector<int> pids(static_cast<std::size_t>(std::max(0, ::proc_listallpids(nullptr, 0))) + 64);
  const int count = ::proc_listallpids(pids.data(), static_cast<int>(pids.size() * sizeof(int)));
  pids.resize(static_cast<std::size_t>(std::max(0, count)));
  std::vector<FoundProcess> found;
  for (const int pid : pids) {
    const auto commandLine = commandLineOf(pid);
    if (pid == ::getpid() || commandLine.find(folder) == std::string::npos) continue;
    if (const auto identity = identify(pid)) found.push_back({*identity, commandLine});
  }
  return found;
}

}  // namespace microvm::test
