#include "client/client.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "api/http/target.hpp"
#include "api/wire/json.hpp"

namespace microvm::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds kRequestLimit{30'000};
constexpr Milliseconds kWaitMargin{5'000};
constexpr std::size_t kProblemCap = 64 * 1024;

http::Request request(std::string method, std::string target, std::string body = {}) {
  http::Request made;
  made.method = std::move(method);
  made.target = std::move(target);
  made.headers.set("Host", "microvm");
  if (!body.empty()) made.headers.set("Content-Type", "application/json");
  made.body = std::move(body);
  return made;
}

std::string vmTarget(std::string_view vm, std::string_view rest = {}) {
  return fmt::format("/v1/vms/{}{}", http::percentEncode(vm), rest);
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
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::string text_;
};

std::uint64_t numberIn(const http::Response& response, std::string_view header) {
  const auto text = response.headers.find(header).value_or("0");
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view toText(Condition condition) {
  switch (condition) {
    case Condition::Running:
      return "running";
    case Condition::Stopped:
      return "stopped";
    case Condition::Deleted:
      return "deleted";
  }
  return "";
}

}  // namespace

Client::Client(std::string socketPath) : socketPath_(std::move(socketPath)), connection_(socketPath_) {}

Error Client::refusal(const http::Response& response) {
  lastProblem_ = response.body;
  return http::errorFromResponse(response);
}

Result<http::Response> Client::send(http::Request request, Milliseconds limit) {
  lastProblem_.clear();
  auto response = connection_.request(std::move(request), limit);
  if (response && response->status >= 400) return refusal(*response);
  return response;
}

Result<Json> Client::sendForJson(http::Request request, Milliseconds limit) {
  auto response = send(std::move(request), limit);
  if (!response) return std::move(response).error();
  auto json = parseJson(response->body);
  if (!json) return Error{Errc::Protocol, "the daemon's answer is not JSON: " + json.error().detail, {}, {}};
  return json;
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
Result<Json> Client::listVms() {
  return get("/v1/vms");
}
Result<Json> Client::getVm(std::string_view vm) {
  return get(vmTarget(vm));
}

Result<std::string> Client::getOpenapi() {
  auto response = send(request("GET", "/openapi.yaml"), kRequestLimit);
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

Result<Json> Client::act(std::string_view vm, std::string_view action, std::string body) {
  return sendForJson(request("POST", vmTarget(vm, action), std::move(body)), kRequestLimit);
}

Result<Json> Client::startVm(std::string_view vm) {
  return act(vm, "/start", {});
}

Result<Json> Client::killVm(std::string_view vm) {
  return act(vm, "/kill", {});
}

Result<Json> Client::stopVm(std::string_view vm, const StopOptions& options) {
  Json body = Json::object();
  if (options.timeout) body["timeout"] = formatDuration(*options.timeout);
  if (options.escalate) body["escalate"] = *options.escalate;
  return act(vm, "/stop", body.empty() ? std::string() : body.dump());
}

Result<Json> Client::waitVm(std::string_view vm, Condition condition, Milliseconds limit) {
  Query query;
  query.add("for", toText(condition)).add("timeout", formatDuration(limit));
  return sendForJson(request("GET", vmTarget(vm, "/wait") + query.text()), limit + kWaitMargin);
}

Result<http::ClientStream> Client::openStream(http::Request request, int wantedStatus) {
  lastProblem_.clear();
  auto stream = connection_.openStream(std::move(request), kRequestLimit);
  if (!stream || stream->head().status == wantedStatus) return stream;
  http::Response response = stream->head();
  auto body = stream->readAll(kRequestLimit, kProblemCap);
  if (!body) return std::move(body).error();
  response.body = std::move(*body);
  if (response.status >= 400) return refusal(response);
  return Error{Errc::Protocol, fmt::format("the daemon answered with status {}", response.status), {}, {}};
}

Result<ConsoleConnection> Client::attachConsole(std::string_view vm, ConsoleAccess access, const ConsolePlace& place) {
  Query query;
  query.add("offset", place.offset).add("tail", place.tail);
  query.add("mode", access == ConsoleAccess::ReadOnly ? "ro" : "rw");
  auto asking = request("GET", vmTarget(vm, "/console") + query.text());
  asking.headers.set("Connection", "Upgrade");
  asking.headers.set("Upgrade", "microvm-raw");
  auto stream = openStream(std::move(asking), 101);
  if (!stream) return std::move(stream).error();
  ConsoleConnection connection;
  connection.offset = numberIn(stream->head(), "Microvm-Console-Offset");
  connection.received = stream->takeLeftover();
  connection.socket = stream->takeSocket();
  return connection;
}

Result<LogBounds> Client::getConsoleLog(std::string_view vm, const ConsolePlace& place, FollowMode mode,
                                        const LogSink& sink, std::optional<Milliseconds> limit) {
  const auto deadline = Clock::now() + limit.value_or(Milliseconds(0));
  Query query;
  query.add("offset", place.offset).add("tail", place.tail);
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

Result<Json> Client::listEvents(const EventQuery& query) {
  Query text;
  text.add("after", query.after).add("limit", query.limit);
  if (!query.vm.empty()) text.add("vm", query.vm);
  return get("/v1/events" + text.text());
}

}  // namespace microvm::client
