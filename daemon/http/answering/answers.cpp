#include "daemon/http/answering/answers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/codec.hpp"
#include "api/http/problem.hpp"
#include "daemon/http/console/console_json.hpp"
#include "daemon/wire/definition_diff.hpp"
#include "daemon/wire/definition_json.hpp"
#include "daemon/wire/operation_json.hpp"
#include "daemon/wire/readiness_json.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

std::string textOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// FNV-1a; it only has to differ where the text differs.
std::uint64_t hashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// The generation of the definition, and something that changes with all else.
std::string tagOf(const VmView& view, std::string_view text) {
  return fmt::format("\"{}-{:016x}\"", view.vm.generation, hashOf(text));
}

Json metadataOf(const Vm& vm, const Json& definition) {
  Json json;
  json["id"] = vm.id;
  json.update(definition);
  json["generation"] = vm.generation;
  json["createdAt"] = formatTimestamp(vm.createdAt);
  json["updatedAt"] = formatTimestamp(vm.updatedAt);
  return json;
}

Json statusOf(const VmView& view) {
  Json json;
  json["state"] = toText(view.vm.state);
  json["desired"] = toText(view.vm.desired);
  json["since"] = formatTimestamp(view.vm.stateSince);
  json["reason"] = view.vm.reason;
  if (view.runnerPid) json["runnerPid"] = *view.runnerPid;
  if (view.shimPid) json["shimPid"] = *view.shimPid;
  if (view.startedAt) json["startedAt"] = formatTimestamp(*view.startedAt);
  if (view.console) json["console"] = newsToJson(*view.console);
  json["conditions"] = conditionsToJson(conditionsIn(view));
  if (view.vm.lastExit) json["lastExit"] = exitRecordToJson(*view.vm.lastExit);
  if (!view.vm.restarts.deaths.empty() || view.vm.restarts.nextAt) {
    json["restarts"]["count"] = view.vm.restarts.deaths.size();
    if (view.vm.restarts.nextAt) json["restarts"]["nextAt"] = formatTimestamp(*view.vm.restarts.nextAt);
  }
  if (view.vm.launched) {
    auto pending = membersPending(*view.vm.launched, view.vm.definition);
    if (!pending.empty()) json["pendingRestart"] = std::move(pending);
  }
  if (view.operation) {
    json["operation"] = Json{{"id", view.operation->id}, {"kind", toText(view.operation->kind)}};
  }
  return json;
}

}  // namespace

Answer jsonAnswer(int status, const Json& json) {
  return jsonTextAnswer(status, textOf(json));
}

Answer jsonTextAnswer(int status, std::string text) {
  Answer answer;
  answer.response.status = status;
  answer.response.headers.add("Content-Type", "application/json");
  answer.response.body = std::move(text);
  return answer;
}

Json vmToJson(const VmView& view) {
  auto definition = definitionToJson(view.vm.definition);
  Json json;
  json["metadata"] = metadataOf(view.vm, definition["metadata"]);
  json["spec"] = std::move(definition["spec"]);
  json["status"] = statusOf(view);
  for (const FieldError& warning : view.warnings)
    json["status"]["warnings"].push_back(Json{{"pointer", warning.pointer}, {"detail", warning.detail}});
  return json;
}

Answer vmAnswer(int status, const VmView& view) {
  auto text = textOf(vmToJson(view));
  auto tag = tagOf(view, text);
  auto answer = jsonTextAnswer(status, std::move(text));
  answer.response.headers.add("ETag", std::move(tag));
  return answer;
}

Answer placedVmAnswer(int status, const VmView& view) {
  auto answer = vmAnswer(status, view);
  answer.response.headers.add("Location", "/v1/vms/" + view.vm.definition.name);
  return answer;
}

const std::string& snapshotText(const VmSnapshotPtr& snapshot) {
  if (snapshot->text.empty()) {
    snapshot->text = textOf(vmToJson(snapshot->view));
    snapshot->text.shrink_to_fit();  // it stays, a thousand times
    snapshot->tag = tagOf(snapshot->view, snapshot->text);
  }
  return snapshot->text;
}

Answer snapshotAnswer(int status, const VmSnapshotPtr& snapshot) {
  const auto& kept = snapshotText(snapshot);
  std::string text;
  text.reserve(kept.size() + kHeadRoom);
  text = kept;
  auto answer = jsonTextAnswer(status, std::move(text));
  answer.response.headers.add("ETag", snapshot->tag);
  return answer;
}

Answer notModified(const std::string& tag) {
  Answer answer;
  answer.response.status = 304;
  answer.response.headers.add("ETag", tag);
  return answer;
}

Answer operationAnswer(int status, const VmOperation& operation) {
  auto answer = jsonAnswer(status, operationToJson(operation));
  if (status == 202) answer.response.headers.add("Location", "/v1/operations/" + operation.id);
  return answer;
}

Answer problemAnswer(std::string_view code, std::string detail, const Exchange& exchange, std::string hint) {
  const auto& kind = problemKind(code);
  Error error{kind.errc, std::move(detail), std::move(hint), {}};
  Answer answer;
  answer.response = problemResponse(kind, error, exchange.requestId);
  return answer;
}

}  // namespace microvm::http
