// What tests want of the API's answer about a VM, and where a VM has its run folder.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/support/daemon.hpp"

namespace microvm::test {

/// A VM that does not stop when it is asked is ended soon.
inline const Json kShort{{"stop", {{"timeout", "300ms"}}}};

inline std::string idOf(const Json& vm) {
  return vm.at("metadata").at("id");
}
inline int runnerOf(const Json& vm) {
  return vm.at("status").at("runnerPid");
}
inline int shimOf(const Json& vm) {
  return vm.at("status").at("shimPid");
}

/// Of the only VM that has one.
inline std::string runFolderOfOnlyVm(const Daemon& daemon) {
  for (const auto& entry : std::filesystem::directory_iterator(daemon.runFolder())) {
    if (entry.is_directory()) return entry.path();
  }
  throw std::runtime_error("no VM has a run folder");
}

}  // namespace microvm::test
