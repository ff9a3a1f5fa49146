// What handlers answer with.
#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

Answer jsonAnswer(int status, const nlohmann::ordered_json& json);
/// Text that is JSON already.
Answer jsonTextAnswer(int status, std::string text);

/// {"metadata", "spec", "status"}, as schemas/openapi.yaml has it.
nlohmann::ordered_json vmToJson(const VmView& view);
/// A VM with its ETag, which changes with anything that the answer says.
Answer vmAnswer(int status, const VmView& view);
/// The same of a VM that is found at a path that the client may not know, with its Location.
Answer placedVmAnswer(int status, const VmView& view);
/// The same of a snapshot, which is written out once.
Answer snapshotAnswer(int status, const VmSnapshotPtr& snapshot);
/// 304: the client has what this tag is of.
Answer notModified(const std::string& tag);
/// The JSON text of a snapshot.
const std::string& snapshotText(const VmSnapshotPtr& snapshot);
/// 202 with its Location, or 200.
Answer operationAnswer(int status, const VmOperation& operation);

/// A problem that HTTP tells apart and Errc does not, by its code (api/http/problem.hpp).
Answer problemAnswer(std::string_view code, std::string detail, const Exchange& exchange, std::string hint = {});

}  // namespace microvm::http
