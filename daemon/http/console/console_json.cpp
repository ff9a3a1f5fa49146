#include "daemon/http/console/console_json.hpp"

#include <nlohmann/json.hpp>

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

std::string_view textOf(ConsoleMode mode) {
  switch (mode) {
    case ConsoleMode::ReadOnly:
      return "ro";
    case ConsoleMode::ReadWrite:
      return "rw";
    case ConsoleMode::Exclusive:
      return "exclusive";
  }
  return {};
}

}  // namespace

Json viewersToJson(const ConsoleNews& news) {
  Json json{{"count", news.count}, {"viewers", Json::array()}};
  for (const auto& viewer : news.viewers) {
    json["viewers"].push_back({{"id", viewer.id},
                               {"mode", textOf(viewer.mode)},
                               {"label", viewer.label},
                               {"since", formatTimestamp(viewer.since)}});
  }
  return json;
}

Json newsToJson(const ConsoleNews& news) {
  Json json{{"start", news.start}};
  if (news.exclusive) json["exclusive"] = *news.exclusive;
  json.update(viewersToJson(news));
  return json;
}

Json statusToJson(const ConsoleStatus& status, Marks marks) {
  Json json{{"running", status.isRunning},
            {"start", status.start},
            {"end", status.end},
            {"dropped", status.dropped},
            {"rate", status.rate}};
  const auto news = status.news.value_or(ConsoleNews{});
  if (news.exclusive) json["exclusive"] = *news.exclusive;
  json.update(viewersToJson(news));
  json["boots"] = Json::array();
  for (const auto& boot : status.times.boots)
    json["boots"].push_back({{"number", boot.number}, {"offset", boot.offset}, {"at", formatTimestamp(boot.at)}});
  if (marks == Marks::Left) return json;
  json["marks"] = Json::array();
  for (const auto& mark : status.times.marks)
    json["marks"].push_back({{"offset", mark.offset}, {"at", formatTimestamp(mark.at)}});
  return json;
}

}  // namespace microvm::http
