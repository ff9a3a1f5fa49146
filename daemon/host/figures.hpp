// What the host has, and what this process uses of it.
#pragma once
#include <cstdint>

namespace microvm {

struct HostResources {
  unsigned cpus = 1;
  std::uint64_t memory = 0;  ///< bytes
};

HostResources hostResources();

struct ProcessFigures {
  double cpuSeconds = 0;  ///< user and system time since the process began
  std::uint64_t openDescriptors = 0;
  std::uint64_t mostDescriptors = 0;  ///< that it may open
};

ProcessFigures processFigures();

}  // namespace microvm
