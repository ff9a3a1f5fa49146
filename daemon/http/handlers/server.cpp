// The daemon itself.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/core/size.hpp"
#include "api/wire/json_reader.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/handlers.hpp"
#include "embedded/microvm_daemon_http_handlers.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

/// Names are only ever added; clients ask for what they need.
constexpr const char* kFeatures[] = {"console-log-follow", "console-raw", "events", "idempotency-key", "labels",
                                     "merge-patch",        "metrics",     "plan",   "prefer-wait"};

/// Of what the host has, what the VMs that run leave; processors may be shared, memory rather not.
Json leftOf(const ServerInfo& info) {
  const auto cpus = info.host.cpus - std::min(info.host.cpus, info.allocated.cpus);
  const auto memory = info.host.memory - std::min(info.host.memory, info.allocated.memory);
  return Json{{"cpus", cpus}, {"memory", formatSize(memory / kMiB * kMiB)}};
}

}  // namespace

Task<Answer> getVersions(Service&, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  Json json;
  json["versions"] = {"v1"};
  co_return jsonAnswer(200, json);
}

Task<Answer> getHealth(Service&, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  Json json;
  json["status"] = "ok";
  co_return jsonAnswer(200, json);
}

Task<Answer> getReadiness(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  if (!service.isReady()) co_return Error{Errc::Unavailable, "the daemon is still looking at its VMs", {}, {}};
  if (auto problem = service.storeProblem()) co_return std::move(*problem);
  Json json;
  json["status"] = "ready";
  co_return jsonAnswer(200, json);
}

Task<Answer> getOpenapi(Service&, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  Answer answer;
  answer.response.headers.add("Content-Type", "application/yaml");
  answer.response.body = embedded::openapi_yaml;
  co_return answer;
}

Task<Answer> getOpenapiJson(Service&, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  co_return jsonTextAnswer(200, std::string(embedded::openapi_json));
}

Task<Answer> getServer(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto info = service.info();
  Json json;
  json["version"] = info.version;
  json["apiVersions"] = info.apiVersions;
  json["features"] = kFeatures;
  json["pid"] = info.pid;
  json["startedAt"] = formatTimestamp(info.startedAt);
  json["stateFolder"] = info.stateFolder;
  json["runFolder"] = info.runFolder;
  json["runner"] = info.runner ? Json{{"program", *info.runner}} : Json{{"problem", info.runner.error().detail}};
  json["host"] = Json{{"cpus", info.host.cpus}, {"memory", formatSize(info.host.memory / kMiB * kMiB)}};
  json["allocatable"] = leftOf(info);
  json["vms"] = info.vms;
  json["running"] = info.running;
  co_return jsonAnswer(200, json);
}

Task<Answer> backupSystem(Service& service, Exchange exchange) {
  auto body = readBody(exchange);
  if (!body) co_return std::move(body).error();
  std::vector<FieldError> errors;
  JsonReader reader(*body, "", errors);
  auto file = reader.string("file");
  reader.refuseUnknown();
  if (!errors.empty()) co_return invalidMembers(std::move(errors));
  auto copy = co_await service.backup(std::move(file), causeOf(exchange));
  if (!copy) co_return std::move(copy).error();
  Json json;
  json["file"] = copy->path;
  json["bytes"] = copy->bytes;
  json["vms"] = copy->vms;
  co_return jsonAnswer(200, json);
}

Task<Answer> verifySystem(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto verified = co_await service.verify();
  if (!verified) co_return std::move(verified).error();
  Json json;
  json["vms"] = verified->vms;
  json["findings"] = verified->findings;
  co_return jsonAnswer(200, json);
}

}  // namespace microvm::http
