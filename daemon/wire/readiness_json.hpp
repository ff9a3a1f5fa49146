// The signs of readiness as JSON, and the conditions of a VM.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/domain/definition/readiness.hpp"
#include "daemon/domain/readiness/condition.hpp"

namespace microvm {

/// {"console": "login:", "http": {"url": ..., "interval": "10s", ...}}: a sign that is looked for as usual may be its
/// value alone. {"runner": true} asks for nothing that is not known anyhow, so it is no probe.
Readiness readReadiness(JsonReader reader);
/// As short as it goes.
nlohmann::ordered_json toJson(const Readiness& readiness);

/// [{"type", "status", "reason", "message", "lastTransitionTime"}]
nlohmann::ordered_json conditionsToJson(const Conditions& conditions);

}  // namespace microvm
