// What is kept of a VM that ended unexpectedly. Everything here blocks: call it on the file pool.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

struct BlackBox {
  Vm vm;
  ExitRecord exit;
  Argv argv;                    ///< of the runner; empty when an earlier daemon had started it
  std::vector<VmEvent> events;  ///< the last ones of this VM
};

/// Writes it into the VM's folder, with the last 64 KiB of the console and of what the runner said, and the host's
/// load. The newest five are kept.
Result<void> writeBlackBox(const VmPaths& paths, const BlackBox& box, const ConsoleLogs& logs);

/// The newest one, JSON. Errc::NotFound when the VM never ended unexpectedly.
Result<std::string> readBlackBox(const VmPaths& paths);

}  // namespace microvm
