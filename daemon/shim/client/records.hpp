// What the shim says in JSON, as values.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/process/identity.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm::shim {

/// Errc::Protocol for any text that is not what docs/shim-protocol.md says. Unknown members are left out: a newer shim
/// may have more.
Result<ShimStatus> parseStatus(std::string_view json);
Result<ExitRecord> parseExit(std::string_view json);

/// The runner whose end an exit record tells; nothing in that of an older shim.
std::optional<ProcessIdentity> parseExitRunner(std::string_view json);

Result<ConsoleNews> parseNews(std::string_view json);

/// An error frame's or ready line's "<code> <text>".
Error parseError(std::string_view text);

/// The line on the ready descriptor: "ok <shim pid> <runner pid> <time>", or an error.
Result<ShimStatus> parseReady(std::string_view line);

}  // namespace microvm::shim
