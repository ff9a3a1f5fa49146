// Where the daemon works, and its clients look for it, when nobody says otherwise. One file per platform.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "api/core/result.hpp"

namespace microvm {

/// Reads an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Errc::Usage when there is neither the platform's variable nor a home folder.
Result<std::string> defaultStateFolder(const Environment& environment);
std::string defaultRunFolder(const Environment& environment);

}  // namespace microvm
