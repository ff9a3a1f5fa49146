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

/// The socket's path: the value of --host, else MICROVM_HOST, else $XDG_RUNTIME_DIR/microvm/api.sock, else
/// /tmp/microvm-<uid>/api.sock. Takes unix:///path and /path; Errc::Usage for any other form.
Result<std::string> socketPath(const std::optional<std::string>& hostOption, const Environment& environment);

}  // namespace microvm::cli
