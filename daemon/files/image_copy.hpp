// Copies of disk images. Blocks, for as long as the disk takes.
#pragma once
#include <string>

#include "api/core/result.hpp"

namespace microvm {

/// Makes `to`, which must not be there, a copy of the file `from`: without copying where the file system shares blocks
/// between files, else with the holes left as holes. Mode 0600, on the disk when this returns. Leaves nothing behind on
/// failure.
Result<void> copyImage(const std::string& from, const std::string& to);

}  // namespace microvm
