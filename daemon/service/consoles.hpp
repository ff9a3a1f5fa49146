// The consoles of VMs: what they have said, and who is at them. Main thread only.
#pragma once
#include <memory>
#include <string>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/runner/runner.hpp"
#include "daemon/service/service.hpp"
#include "daemon/service/vm_registry.hpp"

namespace microvm {

/// The members of Service that are about consoles, as it promises them.
class Consoles {
public:
  /// All outlive it.
  Consoles(Shims& shims, const ConsoleLogs& logs, BlockingPool& files, const VmRegistry& vms)
      : shims_(shims), logs_(logs), files_(files), vms_(vms) {}

  Task<ConsoleSlice> log(std::string nameOrId, std::uint64_t offset, std::size_t limit);
  Task<ConsoleTimes> times(std::string nameOrId);
  Task<ConsoleStatus> status(std::string nameOrId);
  Task<std::unique_ptr<ConsoleStream>> attach(std::string nameOrId, ConsoleAttach request);

private:
  Shims& shims_;
  const ConsoleLogs& logs_;
  BlockingPool& files_;
  const VmRegistry& vms_;
};

}  // namespace microvm
