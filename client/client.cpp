#include "client/client.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "api/http/target.hpp"
#include "api/http/websocket.hpp"
#include "api/wire/json.hpp"

namespace microvm::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds kRequestLimit{30'000};
constexpr Milliseconds kMaintenanceLimit{600'000};
constexpr Milliseconds kWaitMargin{5'000};
constexpr Milliseconds kCopyLimit{1'800'000};
constexpr std::size_t kProblemCap = 64 * 1024;
constexpr std::size_t kEventCap = 256 * 1024;

http::Request request(std::string method, std::string target, std::string body = {}) {
  http::Request made;
  made.method = std::move(method);
  made.target = std::move(target);
  if (!body.empty()) made.headers.set("Content-Type", "application/json");
  made.body = std::move(body);
  return made;
}

std::string vmTarget(std::string_view vm, std::string_view rest = {}) {
  return fmt::format("/v1/vms/{}{}", http::percentEncode(vm), rest);
}

std::string operationTarget(std::string_view id, std::string_view rest = {}) {
  return fmt::format("/v1/operations/{}{}", http::percentEncode(id), rest);
}

// "?a=1&b=2", or nothing.
class Query {
public:
  Query& add(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', name, http::percentEncode(value));
    return *this;
  }
  Query& add(std::string_view name, const std::optional<std::uint64_t>& value) {
    return value ? add(name, std::to_string(*value)) : *this;
  }
  Query& add(const ConsolePlace& place) {
    add("offset", place.offset).add("tail", place.tail);
    if (place.since) add("since", formatTimestamp(*place.since));
    if (place.until) add("until", formatTimestamp(*place.until));
    if (place.boot) add("boot", std::to_string(*place.boot));
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::string text_;
};

std::string eventsTarget(const EventQuery& wanted) {
  Query query;
  query.add("after", wanted.after).add("limit", wanted.limit);
  using Member = std::pair<const char*, const std::string*>;
  for (const auto& [name, value] : {Member{"vm", &wanted.vm}, Member{"since", &wanted.since},
                                    Member{"kind", &wanted.kind}, Member{"label", &wanted.label}}) {
    if (!value->empty()) query.add(name, *value);
  }
  return "/v1/events" + query.text();
}

std::uint64_t numberIn(const http::Response& response, std::string_view header) {
  const auto text = response.headers.find(header).value_or("0");
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view toText(ConsoleAccess access) {
  switch (access) {
    case ConsoleAccess::ReadWrite:
      return "rw";
    case ConsoleAccess::ReadOnly:
      return "ro";
    case ConsoleAccess::Exclusive:
      return "exclusive";
  }
  return "";
}

std::string_view toText(Condition condition) {
  switch (condition) {
    case Condition::Running:
      return "running";
    case Condition::Paused:
      return "paused";
    case Condition::Stopped:
      return "stopped";
    case Condition::Deleted:
      return "deleted";
  }
  return "";
}

Result<Json> jsonOf(const http::Response& response) {
  auto json = parseJson(response.body);
  if (!json) return Error{Errc::Protocol, "the daemon's answer is not JSON: " + json.error().detail, {}, {}};
  return json;
}

std::string bodyOf(const StopOptions& options) {
  Json body = Json::object();
  if (options.timeout) body["timeout"] = formatDuration(*options.timeout);
  if (options.escalate) body["escalate"] = *options.escalate;
  return body.empty() ? std::string() : body.dump();
}

}  // namespace

Client::Client(Endpoint endpoint) : endpoint_(std::move(endpoint)), connection_(endpoint_.connect) {}

http::Request Client::addressed(http::Request request) const {
  request.headers.set("Host", endpoint_.host);
  if (!endpoint_.token.empty()) request.headers.set("Authorization", "Bearer " + endpoint_.token);
  return request;
}

Error Client::refusal(const http::Response& response) {
  lastProblem_ = response.body;
  return http::errorFromResponse(response);
}

Result<http::Response> Client::send(http::Request request, Milliseconds limit) {
  lastProblem_.clear();
  auto response = connection_.request(addressed(std::move(request)), limit);
  if (response && response->status >= 400) return refusal(*response);
  return response;
}

Result<Json> Client::sendForJson(http::Request request, Milliseconds limit) {
  auto response = send(std::move(request), limit);
  if (!response) return std::move(response).error();
  return jsonOf(*response);
}

Result<Json> Client::get(std::string target) {
  return sendForJson(request("GET", std::move(target)), kRequestLimit);
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
  return get("/v1/capabilities" + (runner.empty() ? "" : Query().add("runner", runner).text()));
}
Result<Json> Client::getOpenapiJson() {
  return get("/openapi.json");
}
Result<Json> Client::getVm(std::string_view vm) {
  return get(vmTarget(vm));
}

Result<std::string> Client::getOpenapi() {
  auto response = send(request("GET", "/openapi.yaml"), kRequestLimit);
  if (!response) return std::move(response).error();
  return std::move(response->body);
}

Result<Json> Client::listVms(const VmQuery& query) {
  Json all{{"items", Json::array()}};
  for (std::string cursor;;) {
    Query text;
    if (!query.labelSelector.empty()) text.add("labelSelector", query.labelSelector);
    if (!query.sort.empty()) text.add("sort", query.sort);
    if (!cursor.empty()) text.add("cursor", cursor);
    auto page = get("/v1/vms" + text.text());
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
  return sendForJson(request("POST", "/v1/vms:plan", definition.dump()), kRequestLimit);
}

Result<Json> Client::replaceVm(std::string_view vm, const Json& definition, std::uint64_t generation) {
  auto put = request("PUT", vmTarget(vm), definition.dump());
  put.headers.set("If-Match", fmt::format("\"{}\"", generation));
  return sendForJson(std::move(put), kRequestLimit);
}

Result<Json> Client::patchVm(std::string_view vm, const Json& patch) {
  auto patching = request("PATCH", vmTarget(vm), patch.dump());
  patching.headers.set("Content-Type", "application/merge-patch+json");
  return sendForJson(std::move(patching), kRequestLimit);
}

Result<Json> Client::renameVm(std::string_view vm, std::string_view newName) {
  return sendForJson(request("POST", vmTarget(vm, "/rename"), Json{{"name", newName}}.dump()), kRequestLimit);
}

Result<Json> Client::cloneVm(std::string_view vm, std::string_view newName) {
  return sendForJson(request("POST", vmTarget(vm, "/clone"), Json{{"name", newName}}.dump()), kCopyLimit);
}

Result<std::string> Client::getMetrics() {
  auto response = send(request("GET", "/metrics"), kRequestLimit);
  if (!response) return std::move(response).error();
  return std::move(response->body);
}

Result<Json> Client::createVm(const Json& definition) {
  return sendForJson(request("POST", "/v1/vms", definition.dump()), kRequestLimit);
}

Result<void> Client::deleteVm(std::string_view vm, Removal removal) {
  const auto query = removal == Removal::KillFirst ? "?force=true" : "";
  auto response = send(request("DELETE", vmTarget(vm, query)), kRequestLimit);
  if (!response) return std::move(response).error();
  return {};
}

Result<Json> Client::listTokens() {
  return get("/v1/tokens");
}

Result<Json> Client::createToken(const Json& wanted) {
  return sendForJson(request("POST", "/v1/tokens", wanted.dump()), kRequestLimit);
}

Result<void> Client::revokeToken(std::string_view nameOrId) {
  auto response = send(request("DELETE", "/v1/tokens/" + http::percentEncode(nameOrId)), kRequestLimit);
  if (!response) return std::move(response).error();
  return {};
}

Result<Accepted> Client::act(std::string_view vm, std::string_view action, std::string body) {
  auto response = send(request("POST", vmTarget(vm, action), std::move(body)), kRequestLimit);
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
  Query query;
  if (!vm.empty()) query.add("vm", vm);
  return get("/v1/operations" + query.text());
}

Result<Json> Client::getOperation(std::string_view id) {
  return get(operationTarget(id));
}

Result<Json> Client::waitOperation(std::string_view id, Milliseconds limit) {
  Query query;
  query.add("timeout", formatDuration(limit));
  auto operation = sendForJson(request("GET", operationTarget(id, "/wait") + query.text()), limit + kWaitMargin);
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
  return sendForJson(request("DELETE", operationTarget(id)), kRequestLimit);
}

Result<Json> Client::getPostmortem(std::string_view vm) {
  return get(vmTarget(vm, "/postmortem"));
}

Result<http::Response> Client::getRunnerState(std::string_view vm) {
  return passThrough(request("GET", vmTarget(vm, "/vfkit/vm/state")));
}

Result<http::Response> Client::changeRunnerState(std::string_view vm, std::string_view state) {
  return passThrough(request("POST", vmTarget(vm, "/vfkit/vm/state"), Json{{"state", state}}.dump()));
}

Result<http::Response> Client::inspectRunner(std::string_view vm) {
  return passThrough(request("GET", vmTarget(vm, "/vfkit/vm/inspect")));
}

Result<http::Response> Client::passThrough(http::Request request) {
  lastProblem_.clear();
  auto response = connection_.request(addressed(std::move(request)), kRequestLimit);
  const auto type = response ? response->headers.find("Content-Type").value_or("") : "";
  if (response && type == "application/problem+json") return refusal(*response);
  return response;
}

Result<Json> Client::waitVm(std::string_view vm, Condition condition, Milliseconds limit) {
  return waitVm(vm, toText(condition), limit);
}

Result<Json> Client::waitVm(std::string_view vm, std::string_view goal, Milliseconds limit) {
  Query query;
  query.add("for", goal).add("timeout", formatDuration(limit));
  return sendForJson(request("GET", vmTarget(vm, "/wait") + query.text()), limit + kWaitMargin);
}

Result<http::ClientStream> Client::openStream(http::Request request, int wantedStatus) {
  lastProblem_.clear();
  auto stream = connection_.openStream(addressed(std::move(request)), kRequestLimit);
  if (!stream || stream->head().status == wantedStatus) return stream;
  http::Response response = stream->head();
  auto body = stream->readAll(kRequestLimit, kProblemCap);
  if (!body) return std::move(body).error();
  response.body = std::move(*body);
  if (response.status >= 400) return refusal(response);
  return Error{Errc::Protocol, fmt::format("the daemon answered with status {}", response.status), {}, {}};
}

Result<ConsoleConnection> Client::attachConsole(std::string_view vm, const ConsoleRequest& wanted) {
  Query query;
  query.add(wanted.place).add("mode", toText(wanted.access));
  if (wanted.takeOver) query.add("takeOver", "true");
  if (wanted.queue != 0) query.add("queue", std::to_string(wanted.queue));
  if (!wanted.label.empty()) query.add("label", wanted.label);
  auto asking = request("GET", vmTarget(vm, "/console") + query.text());
  asking.headers.set("Connection", "Upgrade");
  asking.headers.set("Upgrade", "websocket, microvm-raw");
  asking.headers.set("Sec-WebSocket-Version", "13");
  const auto key = http::newWebSocketKey();
  asking.headers.set("Sec-WebSocket-Key", key);
  asking.headers.set("Sec-WebSocket-Protocol", "microvm.console.v1");
  auto stream = openStream(std::move(asking), 101);
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
  Query query;
  query.add(place);
  if (mode == FollowMode::Follow) query.add("follow", "true");
  auto stream = openStream(request("GET", vmTarget(vm, "/console/log") + query.text()), 200);
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
  auto response = send(request("GET", vmTarget(vm, "/runner-log")), kRequestLimit);
  if (!response) return std::move(response).error();
  return std::move(response->body);
}

Result<Json> Client::listEvents(const EventQuery& query) {
  return get(eventsTarget(query));
}

Result<void> Client::followEvents(EventQuery& query, const EventSink& sink, Milliseconds silence) {
  auto asking = request("GET", eventsTarget(query));
  asking.headers.set("Accept", "text/event-stream");
  auto stream = openStream(std::move(asking), 200);
  if (!stream) return std::move(stream).error();
  http::SseDecoder decoder(kEventCap);
  for (;;) {
    auto piece = stream->read(silence);
    if (!piece || piece->empty()) {
      return Error{Errc::Unreachable, "the connection to the daemon ended", "microvmctl doctor shows how it is", {}};
    }
    decoder.append(*piece);
    auto next = takeEvents(decoder, query, sink);
    if (!next) return std::move(next).error();
    if (*next == Next::Enough) return {};
  }
}

Result<Next> Client::takeEvents(http::SseDecoder& decoder, EventQuery& query, const EventSink& sink) {
  for (;;) {
    auto event = decoder.next();
    if (!event) return std::move(event).error();
    std::uint64_t place = 0;
    const auto& id = decoder.lastId();
    if (std::from_chars(id.data(), id.data() + id.size(), place).ec == std::errc()) {
      query.after = place;
      query.since.clear();
    }
    if (!*event) return Next::More;
    auto json = parseJson((*event)->data);
    if (!json) return Error{Errc::Protocol, json.error().detail, {}, {}};
    if (sink(*json) == Next::Enough) return Next::Enough;
  }
}

Result<Json> Client::backupSystem(const std::string& file) {
  Json body = Json::object();
  if (!file.empty()) body["file"] = file;
  return sendForJson(request("POST", "/v1/system/backup", body.dump()), kMaintenanceLimit);
}

Result<Json> Client::verifySystem() {
  return sendForJson(request("GET", "/v1/system/verify"), kMaintenanceLimit);
}

}  // namespace microvm::client
