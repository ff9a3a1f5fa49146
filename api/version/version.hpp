#pragma once
#include <string_view>

namespace microvm {

/// The version of all programs of the project, e.g. "0.1.0". It is set in CMakeLists.txt only.
std::string_view version();

}  // namespace microvm
