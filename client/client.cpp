#include "client/client.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/target.hpp"
#include "api/http/websocket.hpp"

namespace microvm::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds kMaintenanceLimit{600'000};
constexpr Milliseconds kWaitMargin{5'000};
constexpr Milliseconds kCopyLimit{1'800'000};

std::string vmTarget(std::string_view vm, std::string_view rest = {}) {
  return fmt::format("/v1/vms/{}{}", http::percentEncode(vm), rest);
}

std::string operationTarget(std::string_view id, std::string_view rest = {}) {
  return fmt::format("/v1/operations/{}{}", http::percentEncode(id), rest);
}

std::uint64_t numberIn(const http::Response& response, std::string_view header) {
  const auto text = response.headers.find(header).value_or("0");
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Client::Client(Endpoint endpoint) : exchange_(std::move(endpoint)) {}

Result<Json> Client::get(std::string target) {
  return exchange_.sendForJson(request("GET", std::move(target)));
}

Result<Json> Client::getVersions() {
  return get("/");
}
Result<Json> Client::getHealth() {
  return get("/healthz");
}
Result<Json> Client::getReadiness() {
  return get("/readyz");
}
Result<Json> Client::getServer() {
  return get("/v1");
}
Result<Json> Client::getCapabilities(std::string_view runner) {
  return get("/v1/capabilities" + Query().add("runner", runner).text());
}
Result<Json> Client::getOpenapiJson() {
  return get("/openapi.json");
}
Result<Json> Client::getVm(std::string_view vm) {
  return get(vmTarget(vm));
}

Result<std::string> Client::getOpenapi() {
  return exchange_.sendForText(request("GET", "/openapi.yaml"));
}

Result<Json> Client::listVms(const VmQuery& query) {
  Json all{{"items", Json::array()}};
  for (std::string cursor;;) {
    auto page = get("/v1/vms" + Query().add(query).add("cursor", cursor).text());
    if (!page) return page;
    for (Json& item : (*page)["items"])
      all["items"].push_back(std::move(item));
    const auto next = page->value("next", "");
    if (next.empty()) return all;
    if (next == cursor) return Error{Errc::Protocol, "the daemon's list has no end", {}, {}};
    cursor = next;
  }
}

Result<Json> Client::planVm(const Json& definition) {
  return exchange_.sendForJson(request("POST", "/v1/vms:plan", definition.dump()));
}

Result<Json> Client::replaceVm(std::string_view vm, const Json& definition, std::uint64_t generation) {
  auto put = request("PUT", vmTarget(vm), definition.dump());
  put.headers.set("If-Match", fmt::format("\"{}\"", generation));
  return exchange_.sendForJson(std::move(put));
}

Result<Json> Client::patchVm(std::string_view vm, const Json& patch) {
  auto patching = request("PATCH", vmTarget(vm), patch.dump());
  patching.headers.set("Content-Type", "application/merge-patch+json");
  return exchange_.sendForJson(std::move(patching));
}

Result<Json> Client::renameVm(std::string_view vm, std::string_view newName) {
  return exchange_.sendForJson(request("POST", vmTarget(vm, "/rename"), Json{{"name", newName}}.dump()));
}

Result<Json> Client::cloneVm(std::string_view vm, std::string_view newName) {
  return exchange_.sendForJson(request("POST", vmTarget(vm, "/clone"), Json{{"name", newName}}.dump()), kCopyLimit);
}

Result<std::string> Client::getMetrics() {
  return exchange_.sendForText(request("GET", "/metrics"));
}

Result<Json> Client::createVm(const Json& definition) {
  return exchange_.sendForJson(request("POST", "/v1/vms", definition.dump()));
}

Result<void> Client::deleteVm(std::string_view vm, Removal removal) {
  const auto query = removal == Removal::KillFirst ? "?force=true" : "";
  return exchange_.sendForNothing(request("DELETE", vmTarget(vm, query)));
}

Result<Json> Client::listTokens() {
  return get("/v1/tokens");
}

Result<Json> Client::createToken(const Json& wanted) {
  return exchange_.sendForJson(request("POST", "/v1/tokens", wanted.dump()));
}

Result<void> Client::revokeToken(std::string_view nameOrId) {
  return exchange_.sendForNothing(request("DELETE", "/v1/tokens/" + http::percentEncode(nameOrId)));
}

Result<Accepted> Client::act(std::string_view vm, std::string_view action, std::string body) {
  auto response = exchange_.send(request("POST", vmTarget(vm, action), std::move(body)));
  if (!response) return std::move(response).error();
  auto json = jsonOf(*response);
  if (!json) return std::move(json).error();
  if (response->status == 200) return Accepted{};
  const auto id = json->value("id", "");
  if (id.empty()) return Error{Errc::Protocol, "the daemon's answer names no operation", {}, {}};
  Accepted accepted{id, {}};
  const auto grace = parseDuration(json->value(Json::json_pointer("/stop/timeout"), ""));
  if (grace) accepted.grace = *grace;
  return accepted;
}

Result<Accepted> Client::startVm(std::string_view vm) {
  return act(vm, "/start", {});
}
Result<Accepted> Client::killVm(std::string_view vm) {
  return act(vm, "/kill", {});
}
Result<Accepted> Client::pauseVm(std::string_view vm) {
  return act(vm, "/pause", {});
}
Result<Accepted> Client::resumeVm(std::string_view vm) {
  return act(vm, "/resume", {});
}
Result<Accepted> Client::stopVm(std::string_view vm, const StopOptions& options) {
  return act(vm, "/stop", bodyOf(options));
}
Result<Accepted> Client::restartVm(std::string_view vm, const StopOptions& options) {
  return act(vm, "/restart", bodyOf(options));
}

Result<Json> Client::listOperations(std::string_view vm) {
  return get("/v1/operations" + Query().add("vm", vm).text());
}

Result<Json> Client::getOperation(std::string_view id) {
  return get(operationTarget(id));
}

Result<Json> Client::waitOperation(std::string_view id, Milliseconds limit) {
  const auto query = Query().add("timeout", formatDuration(limit));
  auto operation =
      exchange_.sendForJson(request("GET", operationTarget(id, "/wait") + query.text()), limit + kWaitMargin);
  if (operation && operation->value("state", "") == "running") {
    return Error{Errc::Timeout,
                 fmt::format("the {} is not done after {}: {}", operation->value("kind", "operation"),
                             formatDuration(limit), operation->value("step", "")),
                 fmt::format("microvmctl op wait {}", id),
                 {}};
  }
  return operation;
}

Result<Json> Client::cancelOperation(std::string_view id) {
  return exchange_.sendForJson(request("DELETE", operationTarget(id)));
}

Result<Json> Client::getPostmortem(std::string_view vm) {
  return get(vmTarget(vm, "/postmortem"));
}

Result<http::Response> Client::getRunnerState(std::string_view vm) {
  return exchange_.passThrough(request("GET", vmTarget(vm, "/vfkit/vm/state")));
}

Result<http::Response> Client::changeRunnerState(std::string_view vm, std::string_view state) {
  return exchange_.passThrough(request("POST", vmTarget(vm, "/vfkit/vm/state"), Json{{"state", state}}.dump()));
}

Result<http::Response> Client::inspectRunner(std::string_view vm) {
  return exchange_.passThrough(request("GET", vmTarget(vm, "/vfkit/vm/inspect")));
}

Result<Json> Client::waitVm(std::string_view vm, Condition condition, Milliseconds limit) {
  return waitVm(vm, toText(condition), limit);
}

Result<Json> Client::waitVm(std::string_view vm, std::string_view goal, Milliseconds limit) {
  const auto query = Query().add("for", goal).add("timeout", formatDuration(limit));
  return exchange_.sendForJson(request("GET", vmTarget(vm, "/wait") + query.text()), limit + kWaitMargin);
}

Result<ConsoleConnection> Client::attachConsole(std::string_view vm, const ConsoleRequest& wanted) {
  auto asking = request("GET", vmTarget(vm, "/console") + Query().add(wanted).text());
  asking.headers.set("Connection", "Upgrade");
  asking.headers.set("Upgrade", "websocket, microvm-raw");
  asking.headers.set("Sec-WebSocket-Version", "13");
  const auto key = http::newWebSocketKey();
  asking.headers.set("Sec-WebSocket-Key", key);
  asking.headers.set("Sec-WebSocket-Protocol", "microvm.console.v1");
  auto stream = exchange_.openStream(std::move(asking), 101);
  if (!stream) return std::move(stream).error();
  ConsoleConnection connection;
  if (stream->head().headers.hasToken("Upgrade", "websocket")) {
    if (stream->head().headers.find("Sec-WebSocket-Accept") != http::webSocketAccept(key)) {
      return Error{Errc::Protocol, "the daemon's WebSocket handshake does not fit", {}, {}};
    }
    connection.protocol = ConsoleConnection::Protocol::WebSocket;
  }
  connection.offset = numberIn(stream->head(), "Microvm-Console-Offset");
  connection.received = stream->takeLeftover();
  connection.socket = stream->takeSocket();
  return connection;
}

Result<LogBounds> Client::getConsoleLog(std::string_view vm, const ConsolePlace& place, FollowMode mode,
                                        const LogSink& sink, std::optional<Milliseconds> limit) {
  const auto deadline = Clock::now() + limit.value_or(Milliseconds(0));
  const auto query = Query().add(place).add("follow", mode == FollowMode::Follow ? "true" : "");
  auto stream = exchange_.openStream(request("GET", vmTarget(vm, "/console/log") + query.text()), 200);
  if (!stream) return std::move(stream).error();
  const LogBounds bounds{numberIn(stream->head(), "Microvm-Console-Start"),
                         numberIn(stream->head(), "Microvm-Console-Offset"),
                         numberIn(stream->head(), "Microvm-Console-End")};
  for (auto at = bounds.offset;;) {
    const auto left = limit ? std::chrono::ceil<Milliseconds>(deadline - Clock::now()) : kRequestLimit;
    if (left.count() <= 0) return Error{Errc::Timeout, "the time is up", {}, {}};
    auto piece = stream->read(left);
    if (!piece && piece.error().code == Errc::Timeout && mode == FollowMode::Follow) continue;
    if (!piece) return std::move(piece).error();
    if (piece->empty() || sink(at, *piece) == Next::Enough) return bounds;
    at += piece->size();
  }
}

Result<Json> Client::getConsoleStatus(std::string_view vm, Marks marks) {
  return get(vmTarget(vm, marks == Marks::Given ? "/console/status?marks=true" : "/console/status"));
}

Result<std::string> Client::getRunnerLog(std::string_view vm) {
  return exchange_.sendForText(request("GET", vmTarget(vm, "/runner-log")));
}

Result<Json> Client::listEvents(const EventQuery& query) {
  return get("/v1/events" + Query().add(query).text());
}

Result<void> Client::followEvents(EventQuery& query, const EventSink& sink, Milliseconds silence) {
  auto asking = request("GET", "/v1/events" + Query().add(query).text());
  asking.headers.set("Accept", "text/event-stream");
  auto stream = exchange_.openStream(std::move(asking), 200);
  if (!stream) return std::move(stream).error();
  return readEvents(*stream, query, sink, silence);
}

Result<Json> Client::backupSystem(const std::string& file) {
  Json body = Json::object();
  if (!file.empty()) body["file"] = file;
  return exchange_.sendForJson(request("POST", "/v1/system/backup", body.dump()), kMaintenanceLimit);
}

Result<Json> Client::verifySystem() {
  return exchange_.sendForJson(request("GET", "/v1/system/verify"), kMaintenanceLimit);
}

}  // namespace microvm::client
