// Capability records as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "daemon/domain/capabilities/record.hpp"

namespace microvm {

/// {"runner", "program", "version", "host", "accelerator", "machine", "limits", "features": {"boot": {"linux":
/// {"support", "since", "why", "how"}}}}; what is empty is left out.
nlohmann::ordered_json capabilitiesToJson(const CapabilityRecord& record);

}  // namespace microvm
