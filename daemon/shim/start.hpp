// What a shim does before it holds anything: takes the VM's locks, clears what the last run left, starts the runner.
#pragma once
#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/shim/console/console_log.hpp"
#include "daemon/shim/gate/vm_locks.hpp"
#include "daemon/shim/helpers/network_helpers.hpp"
#include "daemon/shim/options.hpp"

namespace microvm::shim {

/// What is held while the runner runs. All descriptors are ours, and do not block.
struct Parts {
  VmLocks locks;
  ConsoleLog console;
  UniqueFd listener;  ///< of the control socket
  Child runner;
  ExitWatcher watcher;
  UniqueFd errors;    ///< what the runner writes to standard error
  UniqueFd terminal;  ///< of TerminalKind::Stdio
  NetworkHelpers helpers;
  UniqueFd helperOutput;
};

/// Errc::InUse when a lock is held, Errc::Cancelled when whoever wanted the runner has gone, Errc::RunnerMissing and
/// Errc::RunnerFailed when it cannot be started.
Result<Parts> start(const Options& options);

}  // namespace microvm::shim
