// Definitions, VMs and events as JSON: the API's form, which vm.json and the database use too. Strict: an unknown
// member, a wrong type and a value out of range are errors with their JSON pointer, all at once.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "daemon/domain/capabilities/draft.hpp"
#include "daemon/domain/definition.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

/// From {"metadata": {"name", "labels"}, "spec": {...}}: what could be read, and every problem of form. judge() adds
/// the rest.
Draft draftFromJson(const nlohmann::ordered_json& json);
/// From {"metadata": {"name", "labels"}, "spec": {...}}. Reads and validate()s; Errc::Invalid with every FieldError.
Result<Definition> definitionFromJson(const nlohmann::ordered_json& json);
/// Members at their defaults are written too, so that what is stored says everything.
nlohmann::ordered_json definitionToJson(const Definition& definition);

nlohmann::ordered_json exitRecordToJson(const ExitRecord& record);
Result<ExitRecord> exitRecordFromJson(const nlohmann::ordered_json& json);
/// {"id", "user"} of the request behind a cause, which must have one.
nlohmann::ordered_json requestToJson(const Cause& cause);
nlohmann::ordered_json eventToJson(const VmEvent& event);

}  // namespace microvm
