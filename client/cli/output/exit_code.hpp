// What the shell sees. These numbers are a contract: they are in the help, in the manual and in the tests.
#pragma once

namespace microvm::cli {

enum class ExitCode : int {
  Ok = 0,
  Failed = 1,         ///< the operation failed
  Usage = 2,          ///< the command line makes no sense, or the file that validate or render was given
  Unreachable = 3,    ///< no daemon answers
  NotFound = 4,       ///< no such VM, or no service is installed
  Conflict = 5,       ///< the VM's state does not allow it, or the name is taken
  Timeout = 6,        ///< it did not happen in time
  Permission = 7,     ///< refused by the operating system or the daemon
  Interrupted = 130,  ///< by SIGINT; 128+N by another signal
};

/// Of several names' outcomes, the one to exit with: the highest.
constexpr ExitCode worse(ExitCode a, ExitCode b) {
  return static_cast<int>(a) > static_cast<int>(b) ? a : b;
}

}  // namespace microvm::cli
