// A runner whose shim was killed has nobody to hold it. The lock file names the runner, so that whoever finds the lock
// free can end it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/time.hpp"
#include "daemon/process/identity.hpp"

namespace microvm::shim {

/// The text for the lock file, and back; nothing for any other text.
std::string runnerNote(const ProcessIdentity& runner);
std::optional<ProcessIdentity> parseRunnerNote(std::string_view text);

/// Kills the runner that the lock file names, with its process group, if it still runs, and waits up to `limit` for its
/// end. Returns whether there was one. Only for those who know that no shim holds the lock.
bool endLeftoverRunner(const std::string& lockPath, Milliseconds limit);

}  // namespace microvm::shim
