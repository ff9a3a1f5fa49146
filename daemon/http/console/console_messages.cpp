#include "daemon/http/console/console_messages.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "api/http/problem.hpp"
#include "daemon/http/console/console_json.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error unknown(const std::string& detail) {
  return {Errc::Usage,
          detail,
          R"(send {"type":"exclusive","wish":"take"}, with take, take-over or release, or {"type":"detach"})",
          {}};
}

}  // namespace

std::string offsetMessage(const ConsolePlace& place, std::uint32_t viewer) {
  return dump(Json{
      {"type", "offset"}, {"offset", place.offset}, {"start", place.start}, {"end", place.logEnd}, {"viewer", viewer}});
}

std::string gapMessage(std::uint64_t from, std::uint64_t to) {
  return dump(Json{{"type", "gap"}, {"from", from}, {"to", to}});
}

std::string viewersMessage(const ConsoleNews& news) {
  Json json{{"type", "viewers"}};
  json.update(viewersToJson(news));
  return dump(json);
}

std::string exclusiveMessage(const ConsoleNews& news) {
  Json json{{"type", "exclusive"}, {"viewer", nullptr}};
  if (news.exclusive) json["viewer"] = *news.exclusive;
  return dump(json);
}

std::string detachMessage(std::uint64_t offset, std::string_view reason) {
  return dump(Json{{"type", "detach"}, {"offset", offset}, {"reason", reason}});
}

std::string errorMessage(const Error& error) {
  Json json{{"type", "error"}, {"code", problemKind(error.code).code}, {"detail", error.detail}};
  if (!error.hint.empty()) json["hint"] = error.hint;
  return dump(json);
}

Result<ConsoleWish> parseWish(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return unknown("the message is no JSON object");
  const auto type = json.find("type");
  if (type == json.end() || !type->is_string()) return unknown("the message has no type");
  if (*type == "detach" && json.size() == 1) return ConsoleWish{};
  const auto wish = json.find("wish");
  if (*type != "exclusive" || wish == json.end() || !wish->is_string() || json.size() != 2) {
    return unknown("there is no message like " + inQuotes(text));
  }
  struct Row {
    std::string_view word;
    ExclusiveWish wish;
  };
  constexpr std::array kRows{Row{"take", ExclusiveWish::Take}, Row{"take-over", ExclusiveWish::TakeOver},
                             Row{"release", ExclusiveWish::Release}};
  for (const auto& row : kRows) {
    if (*wish == row.word) return ConsoleWish{ConsoleWish::Kind::Exclusive, row.wish};
  }
  return unknown("there is no wish " + inQuotes(wish->get<std::string>()));
}

}  // namespace microvm::http
