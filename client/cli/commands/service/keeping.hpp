// What the service command does, apart from its options: the service manager and the daemon looked at together.
#pragma once
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "client/cli/context.hpp"
#include "client/service/control.hpp"

namespace microvm::cli {

/// What a daemon that answers at this socket says of itself; nothing when none does.
std::optional<nlohmann::ordered_json> daemonAt(const std::string& socket);

/// Waits until one answers. Errc::Timeout says where to look.
Result<nlohmann::ordered_json> awaitDaemon(const std::string& socket);

/// Errc::InUse when a daemon answers there that the service manager does not know.
Result<void> checkStranger(const std::string& socket, const service::Status& status);

nlohmann::ordered_json statusJson(const service::Status& status, const std::optional<nlohmann::ordered_json>& daemon);
std::string statusText(const service::Status& status, const std::optional<nlohmann::ordered_json>& daemon);

}  // namespace microvm::cli
