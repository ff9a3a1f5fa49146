// What vfkit asks of a virtio-blk image when it reads its command line.
#pragma once
#include <string>

#include "api/core/result.hpp"

namespace microvm::vfkit {

/// The file can be opened and read, is not empty and is not qcow2.
Result<void> checkDiskImage(const std::string& path);

}  // namespace microvm::vfkit
