// Which names, paths and labels a definition may carry. Each problem is noted with the member's JSON pointer.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "api/core/error.hpp"

namespace microvm {

/// A device's path is handed to vfkit inside a list that it splits at every comma.
enum class PathUse { File, Device };

/// Absolute, below 1024 bytes, UTF-8, no control characters, no "..", and no comma in a device's path. False when
/// anything was noted.
bool checkPath(const std::string& path, const std::string& pointer, PathUse use, std::vector<FieldError>& errors);

/// Kubernetes' rules: keys "[prefix/]name", values of at most 63 bytes, at most 64 labels.
void checkLabels(const std::map<std::string, std::string>& labels, std::vector<FieldError>& errors);

}  // namespace microvm
