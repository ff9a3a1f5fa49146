// The VMs that a person may mean while they type.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "client/cli/completion.hpp"
#include "client/cli/host.hpp"

namespace microvm::cli {

/// Those of the daemon that `host` or the environment names, each with its state. None when no daemon answers within a
/// fifth of a second, whatever keeps it, and none when asking would start one: a service manager may hold its socket.
std::vector<Candidate> vmNames(const std::optional<std::string>& host, const Environment& environment);

}  // namespace microvm::cli
