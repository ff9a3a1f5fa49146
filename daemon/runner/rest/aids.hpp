// What must be on disk before a runner starts, so that its command line means what it says.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/encoder/encoder.hpp"

namespace microvm {

/// Makes the links, in place of those of an earlier start, and the empty initrd, and removes sockets that an earlier
/// runner left where this one makes its own.
Result<void> placeAids(const std::string& runFolder, const EncodedCommand& command);

}  // namespace microvm
