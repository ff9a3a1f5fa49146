#include "daemon/http/answering/keyed.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/logging.hpp"
#include "api/http/problem.hpp"
#include "daemon/answers/keyed_answers.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestKey = 255;

bool isKey(std::string_view key) {
  return !key.empty() && key.size() <= kLongestKey &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return (hash ^ text.size()) * 0x100000001b3U;
}

/// Differs where sender, method, target or body do, but for chance.
std::string digestOf(const Exchange& exchange) {
  const Request& request = exchange.request;
  std::string digest;
  for (std::uint64_t start : {0xcbf29ce484222325U, 0x9ae16a3b2f90404fU}) {
    digest += fmt::format(
        "{:016x}",
        mixed(mixed(mixed(mixed(start, exchange.caller.user), request.method), request.target), request.body));
  }
  return digest;
}

std::string textOf(const Response& response) {
  Json json;
  json["status"] = response.status;
  json["headers"] = Json::array();
  for (const auto& [name, value] : response.headers.all())
    json["headers"].push_back(Json::array({name, value}));
  json["body"] = response.body;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Nothing when it is not what textOf() writes.
std::optional<Answer> answerIn(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("status") || !json.contains("headers") || !json.contains("body"))
    return std::nullopt;
  Answer answer;
  answer.response.status = json["status"].get<int>();
  for (const auto& header : json["headers"])
    answer.response.headers.add(header.at(0).get<std::string>(), header.at(1).get<std::string>());
  answer.response.body = json["body"].get<std::string>();
  return answer;
}

/// An answer to this request, though it was the answer to another one.
Answer replayed(Answer answer, const std::string& requestId) {
  answer.response.headers.set("Idempotent-Replayed", "true");
  auto problem = Json::parse(answer.response.body, nullptr, false);
  if (problem.is_object() && problem.contains("requestId")) {
    problem["requestId"] = requestId;
    answer.response.body = problem.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return answer;
}

/// The VM that a request made whose answer was lost.
std::optional<Answer> madeBefore(const Service& service, const Exchange& exchange, Timestamp since) {
  const auto json = Json::parse(exchange.request.body, nullptr, false);
  const auto name =
      json.is_object() ? json.value(Json::json_pointer("/metadata/name"), json.value("name", Json(""))) : Json("");
  if (!name.is_string()) return std::nullopt;
  const auto view = service.find(name.get<std::string>());
  if (!view || view->vm.definition.name != name || view->vm.createdAt < since) return std::nullopt;
  auto answer = vmAnswer(201, *view);
  answer.response.headers.add("Location", "/v1/vms/" + view->vm.definition.name);
  return answer;
}

bool mayDiffer(const Result<Answer>& answer) {
  if (!answer) return problemKind(answer.error().code).retryable || problemKind(answer.error().code).status >= 500;
  return answer->response.status >= 500 || answer->stream != nullptr;
}

/// The one key; nothing when there is none.
Result<std::optional<std::string>> keyIn(const Headers& headers) {
  std::optional<std::string> key;
  for (const auto& [name, value] : headers.all()) {
    if (!equalsIgnoringCase(name, "Idempotency-Key")) continue;
    if (key) return Error{Errc::Usage, "the request has more than one Idempotency-Key", {}, {}};
    if (!isKey(value))
      return Error{Errc::Usage, "the Idempotency-Key must be 1 to 255 visible characters of ASCII", {}, {}};
    key = value;
  }
  return key;
}

Response responseOf(const Result<Answer>& answer, const std::string& requestId) {
  return answer ? answer->response : problemResponse(answer.error(), requestId);
}

}  // namespace

Task<Answer> answerOnce(KeyedHandler handler, Service& service, Exchange exchange) {
  const auto key = keyIn(exchange.request.headers);
  if (!key) co_return key.error();
  if (!*key) co_return co_await handler(service, std::move(exchange));
  auto entry = co_await service.keyedAnswers().enter(**key, digestOf(exchange));
  if (!entry && entry.error().code == Errc::Usage) {
    co_return problemAnswer("idempotency-mismatch", entry.error().detail, exchange);
  }
  if (!entry) co_return std::move(entry).error();
  if (!entry->turn) {
    auto known = answerIn(entry->kept.text);
    if (known) co_return replayed(std::move(*known), exchange.requestId);
    co_return Error{Errc::Internal, "the answer that was kept cannot be read", {}, {}};
  }
  const Exchange asked = exchange;
  auto answer = co_await handler(service, std::move(exchange));
  if (entry->wasBegun && !answer && answer.error().code == Errc::AlreadyExists) {
    if (auto made = madeBefore(service, asked, entry->kept.at)) answer = std::move(*made);
  }
  // What keepMeanwhile() has kept is no answer to the same request again.
  const bool isForgotten = mayDiffer(answer);
  if (isForgotten && !preferredWait(asked.request.headers)) co_return answer;
  entry->kept.text = isForgotten ? "" : textOf(responseOf(answer, asked.requestId));
  auto kept = co_await service.keyedAnswers().keep(entry->kept);
  if (!kept) logWarn("an answer could not be kept request={} error={}", asked.requestId, kept.error().detail);
  co_return answer;
}

net::awaitable<void> keepMeanwhile(Service& service, Exchange exchange, Answer answer) {
  const auto key = keyIn(exchange.request.headers);
  if (!key || !*key) co_return;
  KeptAnswer meanwhile;
  meanwhile.key = **key;
  meanwhile.digest = digestOf(exchange);
  meanwhile.at = now();
  meanwhile.text = textOf(answer.response);
  auto kept = co_await service.keyedAnswers().keep(std::move(meanwhile));
  if (!kept) logWarn("an answer could not be kept request={} error={}", exchange.requestId, kept.error().detail);
}

}  // namespace microvm::http
