// --device.
#pragma once
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit {

/// Reads one --device as vfkit does: split at every comma, no quoting, the last of two equal options wins. A virtio-blk
/// image is opened and its first bytes are read, as vfkit does at this point.
Result<Device> parseDevice(std::string_view text);

}  // namespace microvm::vfkit
