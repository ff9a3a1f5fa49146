#include "daemon/wire/operation_json.hpp"

#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "api/wire/json_reader.hpp"
#include "daemon/wire/definition_json.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {
namespace {

constexpr std::size_t kMostDeaths = 1'000;

template <class T>
auto wordReader(std::optional<T> (*parse)(std::string_view)) {
  return [parse](std::string_view text) -> Result<T> {
    if (auto value = parse(text)) return *value;
    return Error{Errc::Invalid, "\"" + std::string(text) + "\" is not known", {}, {}};
  };
}

template <class T>
void take(T& target, std::optional<T>&& value) {
  if (value) target = std::move(*value);
}

StopSettings readStopOnce(JsonReader reader) {
  StopSettings stop;
  take(stop.timeout, reader.parsed("timeout", parseDuration));
  take(stop.escalate, reader.boolean("escalate"));
  reader.refuseUnknown();
  return stop;
}

void readVm(std::optional<JsonReader> reader, VmOperation& operation) {
  if (!reader) return;
  take(operation.vmId, reader->requiredString("id"));
  take(operation.vmName, reader->requiredString("name"));
  reader->refuseUnknown();
}

void readRequest(std::optional<JsonReader> reader, Cause& cause) {
  if (!reader) return;
  take(cause.requestId, reader->requiredString("id"));
  take(cause.user, reader->string("user"));
  reader->refuseUnknown();
}

}  // namespace

Json operationToJson(const VmOperation& operation) {
  Json json;
  json["id"] = operation.id;
  json["kind"] = toText(operation.kind);
  json["vm"] = Json{{"id", operation.vmId}, {"name", operation.vmName}};
  json["state"] = toText(operation.state);
  json["cause"] = operation.cause.kind;
  if (!operation.cause.requestId.empty()) json["request"] = requestToJson(operation.cause);
  json["step"] = operation.step;
  if (operation.stop) {
    json["stop"] = Json{{"timeout", formatDuration(operation.stop->timeout)}, {"escalate", operation.stop->escalate}};
  }
  if (operation.error) json["error"] = http::problemJson(*operation.error);
  json["createdAt"] = formatTimestamp(operation.createdAt);
  json["updatedAt"] = formatTimestamp(operation.updatedAt);
  return json;
}

Result<VmOperation> operationFromJson(const Json& json) {
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);
  VmOperation operation;
  take(operation.id, reader.requiredString("id"));
  take(operation.kind, reader.parsed("kind", wordReader(parseOperationKind)));
  readVm(reader.requiredObject("vm"), operation);
  take(operation.state, reader.parsed("state", wordReader(parseOperationState)));
  take(operation.cause.kind, reader.string("cause"));
  readRequest(reader.object("request"), operation.cause);
  take(operation.step, reader.string("step"));
  if (auto stop = reader.object("stop")) operation.stop = readStopOnce(std::move(*stop));
  if (const Json* problem = reader.find("error")) operation.error = http::errorFromProblem(*problem);
  take(operation.createdAt, reader.parsed("createdAt", parseTimestamp));
  take(operation.updatedAt, reader.parsed("updatedAt", parseTimestamp));
  reader.refuseUnknown();
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return operation;
}

Json restartHistoryToJson(const RestartHistory& history) {
  Json json;
  json["deaths"] = Json::array();
  for (const auto& death : history.deaths)
    json["deaths"].push_back(formatTimestamp(death));
  if (history.nextAt) json["nextAt"] = formatTimestamp(*history.nextAt);
  return json;
}

Result<RestartHistory> restartHistoryFromJson(const Json& json) {
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);
  RestartHistory history;
  for (const auto& text : reader.strings("deaths", kMostDeaths).value_or(std::vector<std::string>())) {
    auto death = parseTimestamp(text);
    if (!death) return std::move(death).error();
    history.deaths.push_back(*death);
  }
  history.nextAt = reader.parsed("nextAt", parseTimestamp);
  reader.refuseUnknown();
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return history;
}

}  // namespace microvm
