// vfkit and whatever keeps its contract: its command line and its RESTful socket.
#pragma once
#include <memory>
#include <string>

#include "daemon/runner/runner.hpp"

namespace microvm {

/// A path, or a name that is looked up beside our own program and along PATH.
struct RunnerPrograms {
  std::string vfkit = "vfkit";
  std::string krunkit = "krunkit";
  std::string qemu = "vfkit-qemu";
};

std::unique_ptr<Runner> makeVfkitRunner(RunnerPrograms programs);

}  // namespace microvm
