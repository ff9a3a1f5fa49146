// Where the daemon listens.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "client/transport/endpoint.hpp"

namespace microvm::cli {

/// Looks up an environment variable; nothing when it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char*)>;
std::optional<std::string> processEnvironment(const char* name);

/// The value of --host, else MICROVM_HOST, else the socket of the user's own daemon (default_folders.hpp), else, where
/// there is none and the caller may use it, that of the system's. Takes what parseEndpoint() takes; the token for https
/// is in MICROVM_TOKEN or in the file that MICROVM_TOKEN_FILE names. Errc::Usage names what cannot be used.
Result<client::Endpoint> daemonEndpoint(const std::optional<std::string>& hostOption, const Environment& environment);

/// Where a service manager listens for a daemon that is not there: the sockets of the user's own and of the system's.
std::vector<std::string> serviceSockets(const Environment& environment);

}  // namespace microvm::cli
