// The shims and runners of a daemon's VMs, as the system has them.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "daemon/process/identity.hpp"

namespace microvm::test {

enum class Part { Shim, Runner };

struct HeldProcess {
  Part part = Part::Shim;
  std::string runId;  ///< the name of the VM's run folder
  ProcessIdentity identity;
  int parent = 0;
};

/// All that run now below this run folder.
std::vector<HeldProcess> heldProcesses(const std::string& folder, const std::string& runFolder);

/// The run folders for which two runners, or two shims, ran at the same time. A process that is just being made is
/// still what makes it, so parent and child are one.
std::vector<std::string> twice(const std::vector<HeldProcess>& processes);

}  // namespace microvm::test
