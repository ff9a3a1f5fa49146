// Where the daemon listens.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "api/core/result.hpp"

namespace microvm::cli {

/// Looks up an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char*)>;
std::optional<std::string> processEnvironment(const char* name);

/// The socket's path: the value of --host, else MICROVM_HOST, else that of the user's own daemon (default_folders.hpp),
/// else, where there is none and the caller may use it, that of the system's. Takes unix:///path and /path; Errc::Usage
/// for any other form.
Result<std::string> socketPath(const std::optional<std::string>& hostOption, const Environment& environment);

}  // namespace microvm::cli
