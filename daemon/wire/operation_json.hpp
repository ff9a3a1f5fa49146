// Operations and restarts as JSON: the API's form, which the database uses too.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "daemon/domain/supervision/operation.hpp"

namespace microvm {

nlohmann::ordered_json operationToJson(const VmOperation& operation);
/// Errc::Invalid with every FieldError.
Result<VmOperation> operationFromJson(const nlohmann::ordered_json& json);

nlohmann::ordered_json restartHistoryToJson(const RestartHistory& history);
Result<RestartHistory> restartHistoryFromJson(const nlohmann::ordered_json& json);

}  // namespace microvm
