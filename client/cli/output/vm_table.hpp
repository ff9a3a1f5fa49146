// VMs for people to read.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/core/time.hpp"
#include "client/cli/output/output.hpp"

namespace microvm::cli {

/// NAME STATE CPUS MEMORY UPTIME; Format::Wide adds PID RUNNER ID LABELS.
Table vmTable(const std::vector<nlohmann::ordered_json>& vms, Format format, Timestamp now);
/// A dozen lines about one VM, "name: value".
std::string vmSummary(const nlohmann::ordered_json& vm, Timestamp now);

}  // namespace microvm::cli
