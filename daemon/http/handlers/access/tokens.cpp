#include <nlohmann/json.hpp>

#include "api/core/id.hpp"
#include "api/core/text.hpp"
#include "api/wire/json_reader.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/access/token_handlers.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr Milliseconds kLongestLife{1000LL * 60 * 60 * 24 * 3'660};

Json tokenToJson(const Token& token) {
  Json json;
  json["id"] = token.id;
  json["name"] = token.name;
  json["scopes"] = token.scopes.text();
  json["createdAt"] = formatTimestamp(token.createdAt);
  if (token.expiresAt) json["expiresAt"] = formatTimestamp(*token.expiresAt);
  return json;
}

Result<TokenRequest> readRequest(const Exchange& exchange) {
  auto json = readBody(exchange);
  if (!json) return std::move(json).error();
  std::vector<FieldError> errors;
  JsonReader reader(*json, "", errors);
  TokenRequest request;
  request.name = reader.requiredString("name").value_or("");
  if (reader.has("name") && errors.empty() && !isVmName(request.name)) {
    reader.fail("name", inQuotes(request.name) + " is no name for a token; use up to 63 of a-z, 0-9 and -, which is " +
                            "neither first nor last");
  }
  if (!reader.has("scopes")) reader.fail("scopes", "is required: read, console, operate or admin, or several of them");
  request.scopes = reader.parsed("scopes", Scopes::parse).value_or(Scopes());
  request.lifetime = reader.parsed("lifetime", parseDuration);
  reader.refuseUnknown();
  if (request.lifetime && (request.lifetime->count() <= 0 || *request.lifetime > kLongestLife)) {
    reader.fail("lifetime", "must be above zero and at most ten years");
  }
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return request;
}

}  // namespace

Task<Answer> listTokens(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  Json json;
  json["items"] = Json::array();
  for (const Token& token : service.tokens().list())
    json["items"].push_back(tokenToJson(token));
  co_return jsonAnswer(200, json);
}

Task<Answer> createToken(Service& service, Exchange exchange) {
  if (exchange.request.headers.find("Idempotency-Key")) {
    co_return Error{Errc::Usage,
                    "a token's answer has a secret, which is not kept to be given again",
                    "send it without Idempotency-Key; the name is taken when the first one has arrived",
                    {}};
  }
  auto request = readRequest(exchange);
  if (!request) co_return std::move(request).error();
  auto made = co_await service.tokens().create(std::move(*request));
  if (!made) co_return std::move(made).error();
  auto json = tokenToJson(made->token);
  json["token"] = made->secret;
  auto answer = jsonAnswer(201, json);
  answer.response.headers.add("Location", "/v1/tokens/" + made->token.name);
  answer.response.headers.add("Cache-Control", "no-store");
  co_return answer;
}

Task<Answer> revokeToken(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto revoked = co_await service.tokens().revoke(exchange.captures[0]);
  if (!revoked) co_return std::move(revoked).error();
  Answer answer;
  answer.response.status = 204;
  co_return answer;
}

}  // namespace microvm::http
