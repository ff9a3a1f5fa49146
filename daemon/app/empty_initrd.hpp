// vfkit boots no kernel without an initrd; a VM that has none gets an empty one.
#pragma once
#include <string>

#include "api/core/result.hpp"

namespace microvm {

/// The path of an empty cpio archive in the folder, made if it is not there.
Result<std::string> provideEmptyInitrd(const std::string& folder);

}  // namespace microvm
