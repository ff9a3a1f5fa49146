// vfkit wants an initial RAM disk even for a kernel that needs none.
#pragma once
#include <string>

#include "api/core/result.hpp"

namespace microvm {

/// The bytes of a cpio archive (newc) without a file, which every kernel takes.
std::string emptyInitrd();

/// Puts such a file into the folder, unless it is there; its path.
Result<std::string> placeEmptyInitrd(const std::string& folder);

}  // namespace microvm
