// What a definition would change, for people.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace microvm::cli {

/// A plan of the API, a line for the VM and one for each change:
///
///     web: 2 changes
///       /spec/cpus: 2 -> 4 (at the next start)
///       /metadata/labels/team: "infra" (new, at once)
std::string planText(const nlohmann::ordered_json& plan);

/// Of a VM that was changed: what counts at its next start only; empty when nothing does.
std::string pendingText(const nlohmann::ordered_json& vm);

}  // namespace microvm::cli
