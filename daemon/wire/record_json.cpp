#include <limits>

#include <nlohmann/json.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/wire/definition_json.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

/// A whole number or null; absent is null.
std::optional<int> readNumber(JsonReader& reader, std::string_view name) {
  const Json* found = reader.find(name);
  if (found == nullptr || found->is_null()) return std::nullopt;
  const auto number = reader.integer(name);
  if (!number) return std::nullopt;
  if (*number >= std::numeric_limits<int>::min() && *number <= std::numeric_limits<int>::max()) {
    return static_cast<int>(*number);
  }
  reader.fail(name, "is out of range");
  return std::nullopt;
}

Json numberOrNull(const std::optional<int>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

Json exitRecordToJson(const ExitRecord& record) {
  Json json;
  json["code"] = numberOrNull(record.code);
  json["signal"] = numberOrNull(record.signal);
  json["at"] = formatTimestamp(record.at);
  json["reason"] = record.reason;
  return json;
}

Result<ExitRecord> exitRecordFromJson(const Json& json) {
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);
  ExitRecord record;
  record.code = readNumber(reader, "code");
  record.signal = readNumber(reader, "signal");
  if (json.is_object() && !reader.has("at")) reader.fail("at", "is required");
  if (const auto at = reader.parsed("at", parseTimestamp)) record.at = *at;
  if (auto reason = reader.requiredString("reason")) record.reason = std::move(*reason);
  reader.refuseUnknown();
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return record;
}

Json requestToJson(const Cause& cause) {
  Json json;
  json["id"] = cause.requestId;
  if (!cause.user.empty()) json["user"] = cause.user;
  return json;
}

Json eventToJson(const VmEvent& event) {
  Json json;
  json["sequence"] = event.sequence;
  json["at"] = formatTimestamp(event.at);
  json["type"] = event.type;
  json["cause"] = event.cause.kind;
  if (!event.cause.requestId.empty()) json["request"] = requestToJson(event.cause);
  if (event.exit) {
    json["exit"] = Json{{"code", numberOrNull(event.exit->code)}, {"signal", numberOrNull(event.exit->signal)}};
  }
  json["detail"] = event.detail;
  json["vm"] = Json{{"id", event.vmId}, {"name", event.vmName}};
  if (!event.labels.empty()) json["vm"]["labels"] = event.labels;
  return json;
}

}  // namespace microvm
