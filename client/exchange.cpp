#include "client/exchange.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "api/wire/json.hpp"

namespace microvm::client {
namespace {

constexpr std::size_t kProblemCap = 64 * 1024;

}  // namespace

http::Request request(std::string method, std::string target, std::string body) {
  http::Request made;
  made.method = std::move(method);
  made.target = std::move(target);
  if (!body.empty()) made.headers.set("Content-Type", "application/json");
  made.body = std::move(body);
  return made;
}

Result<Json> jsonOf(const http::Response& response) {
  auto json = parseJson(response.body, kAnswerJson);
  if (!json) return Error{Errc::Protocol, "the daemon's answer is not JSON: " + json.error().detail, {}, {}};
  return json;
}

Exchange::Exchange(Endpoint endpoint) : endpoint_(std::move(endpoint)), connection_(endpoint_.connect) {}

/// With the daemon's name and our token.
http::Request Exchange::addressed(http::Request request) const {
  request.headers.set("Host", endpoint_.host);
  if (!endpoint_.token.empty()) request.headers.set("Authorization", "Bearer " + endpoint_.token);
  return request;
}

Error Exchange::refusal(const http::Response& response) {
  lastProblem_ = response.body;
  return http::errorFromResponse(response);
}

Result<http::Response> Exchange::send(http::Request request, Milliseconds limit) {
  lastProblem_.clear();
  auto response = connection_.request(addressed(std::move(request)), limit);
  if (response && response->status >= 400) return refusal(*response);
  return response;
}

Result<Json> Exchange::sendForJson(http::Request request, Milliseconds limit) {
  auto response = send(std::move(request), limit);
  if (!response) return std::move(response).error();
  return jsonOf(*response);
}

Result<std::string> Exchange::sendForText(http::Request request) {
  auto response = send(std::move(request));
  if (!response) return std::move(response).error();
  return std::move(response->body);
}

Result<void> Exchange::sendForNothing(http::Request request) {
  auto response = send(std::move(request));
  if (!response) return std::move(response).error();
  return {};
}

Result<http::Response> Exchange::passThrough(http::Request request) {
  lastProblem_.clear();
  auto response = connection_.request(addressed(std::move(request)), kRequestLimit);
  const auto type = response ? response->headers.find("Content-Type").value_or("") : "";
  if (response && type == "application/problem+json") return refusal(*response);
  return response;
}

Result<http::ClientStream> Exchange::open(http::Request request, Milliseconds limit) {
  lastProblem_.clear();
  return connection_.openStream(addressed(std::move(request)), limit);
}

Error Exchange::refusal(http::ClientStream& answer) {
  http::Response response = answer.head();
  auto body = answer.readAll(kRequestLimit, kProblemCap);
  if (!body) return std::move(body).error();
  response.body = std::move(*body);
  return refusal(response);
}

Result<http::ClientStream> Exchange::openStream(http::Request request, int wantedStatus) {
  auto stream = open(std::move(request));
  if (!stream || stream->head().status == wantedStatus) return stream;
  if (stream->head().status >= 400) return refusal(*stream);
  return Error{Errc::Protocol, fmt::format("the daemon answered with status {}", stream->head().status), {}, {}};
}

}  // namespace microvm::client
