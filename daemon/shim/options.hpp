// The command line of microvm-shim.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/shim/console/runner_terminal.hpp"
#include "daemon/shim/helpers/network_helpers.hpp"

namespace microvm::shim {

struct Options {
  std::string vmId;
  std::string runFolder;    ///< absolute
  std::string stateFolder;  ///< absolute
  std::uint64_t consoleSize = 8 * 1024 * 1024;
  unsigned consoleKeep = 4;
  Milliseconds stopTimeout{30'000};
  bool leavesAtTerm = false;  ///< SIGTERM is nothing to it: the guest goes down with the host
  TerminalKind terminal = TerminalKind::Named;
  std::string gatekeeper;  ///< microvm-shim itself; empty: the runner is started in one step
  std::optional<int> readyFd;
  std::vector<HelperOptions> helpers;
  std::vector<std::string> runner;  ///< the absolute path of the program first

  [[nodiscard]] std::string lock() const { return runFolder + "/lock"; }
  [[nodiscard]] std::string lastingLock() const { return stateFolder + "/lock"; }
  [[nodiscard]] std::string socket() const { return runFolder + "/shim.sock"; }
  [[nodiscard]] std::string runnerSocket() const { return runFolder + "/vfkit.sock"; }
  [[nodiscard]] std::string exitFile() const { return runFolder + "/exit.json"; }
  [[nodiscard]] std::string consoleFolder() const { return stateFolder + "/console"; }
  [[nodiscard]] std::string runnerLog() const { return stateFolder + "/runner.log"; }
};

/// Errc::Usage says which option is wrong.
Result<Options> parseOptions(const std::vector<std::string>& words);

std::string usage();

}  // namespace microvm::shim
