#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

using Json = nlohmann::json;

Json refusal(RunningServer& server, const std::string& body) {
  const auto refused = server.ask("POST", "/v1/tokens", body);
  CHECK(refused.status == 422);
  return Json::parse(refused.body)["errors"];
}

}  // namespace

TEST_CASE("a token is made with its secret, which no other answer has") {
  RunningServer server;

  const auto made = server.ask("POST", "/v1/tokens", R"({"name":"ci","scopes":"operate,read"})");

  REQUIRE(made.status == 201);
  CHECK(made.headers.find("Location") == "/v1/tokens/ci");
  CHECK(made.headers.find("Cache-Control") == "no-store");
  const auto token = Json::parse(made.body);
  const auto secret = token["token"].get<std::string>();
  CHECK(secret.starts_with("microvm_"));
  CHECK(token["scopes"] == "read,operate");
  CHECK_FALSE(token.contains("expiresAt"));
  const auto listed = server.ask("GET", "/v1/tokens").body;
  CHECK(Json::parse(listed)["items"][0]["name"] == "ci");
  CHECK(listed.find(secret) == std::string::npos);
}

TEST_CASE("a lifetime may be of days, and is of ten years at most") {
  RunningServer server;

  const auto made =
      Json::parse(server.ask("POST", "/v1/tokens", R"({"name":"ci","scopes":"read","lifetime":"30d"})").body);

  const auto created = *parseTimestamp(made["createdAt"].get<std::string>());
  CHECK(*parseTimestamp(made["expiresAt"].get<std::string>()) - created == *parseDuration("720h"));
  for (const char* lifetime : {"0s", "3661d", "soon"}) {
    CAPTURE(lifetime);
    const Json body{{"name", "x"}, {"scopes", "read"}, {"lifetime", lifetime}};
    CHECK(refusal(server, body.dump())[0]["pointer"] == "/lifetime");
  }
}

TEST_CASE("every member that cannot be used is named at once") {
  RunningServer server;

  const auto errors = refusal(server, R"({"scopes":"root","lifetime":"0s","surprise":1})");

  std::string pointers;
  for (const auto& error : errors)
    pointers += error["pointer"].get<std::string>() + " ";
  for (const char* pointer : {"/name", "/scopes", "/lifetime", "/surprise"})
    CHECK(pointers.find(pointer) != std::string::npos);
}

TEST_CASE("a secret is not kept to be given again") {
  RunningServer server;

  const auto refused =
      server.ask("POST", "/v1/tokens", R"({"name":"ci","scopes":"read"})", {{"Idempotency-Key", "one"}});

  CHECK(refused.status == 400);
  CHECK(Json::parse(server.ask("GET", "/v1/tokens").body)["items"].empty());
}

TEST_CASE("a token is revoked by name or id, once") {
  RunningServer server;
  const auto body = R"({"name":"ci","scopes":"read"})";
  REQUIRE(server.ask("POST", "/v1/tokens", body).status == 201);
  CHECK(server.ask("POST", "/v1/tokens", body).status == 409);

  CHECK(server.ask("DELETE", "/v1/tokens/ci").status == 204);
  CHECK(server.ask("DELETE", "/v1/tokens/ci").status == 404);
  const auto again = Json::parse(server.ask("POST", "/v1/tokens", body).body);
  CHECK(server.ask("DELETE", "/v1/tokens/" + again["id"].get<std::string>()).status == 204);
}
