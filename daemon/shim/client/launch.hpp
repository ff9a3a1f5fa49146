// Starting a shim.
#pragma once
#include <string>

#include "daemon/process/spawn.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm::shim {

struct LaunchOrder {
  LaunchOrder(std::string program_, std::string vmId_, VmPaths paths_, Argv runner_, ShimSettings settings_)
      : program(std::move(program_)),
        vmId(std::move(vmId_)),
        paths(std::move(paths_)),
        runner(std::move(runner_)),
        settings(settings_) {}

  std::string program;
  std::string vmId;
  VmPaths paths;
  Argv runner;
  ShimSettings settings;
};

/// A shim that was started, and the end of the pipe on which it will say how that went.
struct Launched {
  Child child;
  UniqueFd ready;
};

Result<Launched> startShim(const LaunchOrder& order);

/// What it says, within ten seconds.
Task<ShimStatus> awaitReady(UniqueFd ready);

/// Ends when the child has ended, and reaps it.
net::awaitable<void> reapAtEnd(Child child);

}  // namespace microvm::shim
