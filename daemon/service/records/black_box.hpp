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
  Argv argv;                    ///< of the runner; empty: as it was noted when it was started
  std::vector<VmEvent> events;  ///< the last ones of this VM
};

/// For whoever writes the black box, which may be a later daemon: the command line of the runner that is started, in
/// the run folder.
Result<void> noteArgv(const VmPaths& paths, const Argv& argv);
/// Before another one is started.
void forgetArgv(const VmPaths& paths);

/// Writes it into the VM's folder, with the last 64 KiB of the console and of what the runner said, and the host's
/// load. The newest five are kept.
Result<void> writeBlackBox(const VmPaths& paths, const BlackBox& box, const ConsoleLogs& logs);

/// The newest one, JSON. Errc::NotFound when the VM never ended unexpectedly.
Result<std::string> readBlackBox(const VmPaths& paths);

}  // namespace microvm
