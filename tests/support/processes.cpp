#include "tests/support/processes.hpp"

#include <csignal>

#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

namespace microvm::test {

void killProcessesNaming(const std::string& folder) {
  waitUntil("the processes of " + folder + " to end", [&] {
    const auto found = processesNaming(folder);
    for (const auto& process : found)
      (void)signalProcess(process.identity, SIGKILL);
    return found.empty();
  });
}

bool runs(int pid) {
  return identify(pid).has_value();
}

void killProcess(int pid, int signal) {
  must(signalProcess(must(identify(pid)), signal));
}

}  // namespace microvm::test
