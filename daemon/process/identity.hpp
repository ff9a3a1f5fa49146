// A process by its pid and its start time: a pid alone may belong to somebody else tomorrow.
#pragma once
#include <cstdint>
#include <string>

#include "api/core/result.hpp"

namespace microvm {

struct ProcessIdentity {
  int pid = 0;
  std::uint64_t startTime = 0;  ///< in the system's own unit; only ever compared
  bool operator==(const ProcessIdentity&) const = default;
};

/// Who has this pid now. Errc::NotFound when nobody has, or only a zombie.
Result<ProcessIdentity> identify(int pid);

/// The same process still runs. A zombie does not.
bool isAlive(const ProcessIdentity& process);

/// Sends the signal to this process and to no other. Errc::NotFound when it has ended.
Result<void> signalProcess(const ProcessIdentity& process, int signal);

/// The absolute path of the program that this process runs.
Result<std::string> ownProgram();

}  // namespace microvm
