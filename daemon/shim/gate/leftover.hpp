// A runner whose shim was killed has nobody to hold it. The lock file names the runner, so that whoever finds the lock
// free can end it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/time.hpp"
#include "daemon/process/identity.hpp"

namespace microvm::shim {

/// The text for the lock file, and back; nothing for any other text.
std::string runnerNote(const ProcessIdentity& runner, const std::vector<ProcessIdentity>& helpers = {});
std::optional<ProcessIdentity> parseRunnerNote(std::string_view text);

/// The runner that the lock file names. Read it before finding out that nobody holds the lock: only then it cannot be
/// the runner of somebody who took the lock since.
std::optional<ProcessIdentity> notedRunner(const std::string& lockPath);

/// The network helpers in such a text: the lines after the runner's. Up to the first that is none.
std::vector<ProcessIdentity> parseHelperNotes(std::string_view text);
/// Those that the lock file names, under the same condition.
std::vector<ProcessIdentity> notedHelpers(const std::string& lockPath);

/// Kills a runner, or a helper, that nobody holds, with its process group, and waits up to `limit` for its end. Returns
/// whether it still ran.
bool endLeftover(const ProcessIdentity& runner, Milliseconds limit);

}  // namespace microvm::shim
