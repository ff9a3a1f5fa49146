// A short program run to its end for what it says.
#pragma once
#include <cstddef>
#include <string>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/process/spawn.hpp"

namespace microvm {

struct CaptureLimits {
  Milliseconds time{2000};
  std::size_t bytes = 64 * 1024;  ///< of each of the two outputs
};

struct Captured {
  ExitStatus status;
  std::string out;
  std::string err;
};

/// Runs it in a session of its own, with nothing to read, and blocks until it has ended. Errc::Timeout when it has not
/// in time: it and its children are killed then. What it says beyond the limit is read and dropped.
Result<Captured> capture(SpawnOptions options, CaptureLimits limits = {});

}  // namespace microvm
