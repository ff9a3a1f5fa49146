// The processes that belong to a test: those whose command line names its folder.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daemon/process/identity.hpp"

namespace microvm::test {

struct FoundProcess {
  ProcessIdentity identity;
  std::string commandLine;
  int parent = 0;
};

std::vector<FoundProcess> processesNaming(const std::string& folder);

/// SIGKILL to all of them, and waits until they are gone.
void killProcessesNaming(const std::string& folder);

/// How many descriptors it has open; nothing when that cannot be told.
std::optional<std::size_t> openDescriptors(int pid);

/// Whether a process with this pid runs (a zombie does not).
bool runs(int pid);
void killProcess(int pid, int signal);
/// How much of it is in memory.
std::size_t residentBytes(int pid);

}  // namespace microvm::test
