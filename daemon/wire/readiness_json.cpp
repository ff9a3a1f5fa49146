#include "daemon/wire/readiness_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/domain/definition/limits.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

constexpr Choice<OnProbeFailure> kOnFailures[] = {{"nothing", OnProbeFailure::Nothing},
                                                  {"restart", OnProbeFailure::Restart}};

void readTiming(JsonReader& reader, Probe& probe) {
  ProbeTiming& timing = probe.timing;
  assign(timing.initialDelay, reader.parsed("initialDelay", parseDuration));
  assign(timing.interval, reader.parsed("interval", parseDuration));
  assign(timing.timeout, reader.parsed("timeout", parseDuration));
  assign(timing.failureThreshold, reader.wholeNumber("failureThreshold", 1, kMostLooks));
  assign(timing.successThreshold, reader.wholeNumber("successThreshold", 1, kMostLooks));
  assign(probe.onFailure, reader.choice("onFailure", kOnFailures));
  reader.refuseUnknown();
}

/// What a sign is about: of the member itself, or of a member in its object, and then required there.
std::string readText(JsonReader& reader, std::string_view name, bool isRequired) {
  if (isRequired) return reader.requiredString(name).value_or("");
  return reader.string(name).value_or("");
}

std::uint32_t portIn(JsonReader& reader, std::string_view name) {
  return static_cast<std::uint32_t>(reader.wholeNumber(name, 0, kMostNumber).value_or(0));
}

Sign signOf(std::string_view kind, JsonReader& reader, std::string_view member, bool isRequired) {
  if (kind == "vsock") {
    if (isRequired && !reader.has(member)) reader.fail(member, "is required");
    return VsockSign{portIn(reader, member)};
  }
  if (kind == "tcp") return TcpSign{readText(reader, member, isRequired)};
  return HttpSign{readText(reader, member, isRequired)};
}

struct Kind {
  std::string_view name;
  std::string_view member;  ///< of its object, what the short form has alone
};
constexpr Kind kLooked[] = {{"vsock", "port"}, {"tcp", "address"}, {"http", "url"}};

void readLooked(JsonReader& reader, const Kind& kind, Readiness& readiness) {
  const Json* found = reader.find(kind.name);
  if (found == nullptr) return;
  if (!found->is_object()) {
    readiness.emplace_back(signOf(kind.name, reader, kind.name, false));
    return;
  }
  JsonReader inner = *reader.object(kind.name);
  Probe probe(signOf(kind.name, inner, kind.member, true));
  readTiming(inner, probe);
  readiness.push_back(std::move(probe));
}

void readRunner(JsonReader& reader, Readiness& readiness) {
  const Json* found = reader.find("runner");
  if (found == nullptr) return;
  if (found->is_object()) {
    JsonReader inner = *reader.object("runner");
    Probe probe{Sign(RunnerSign{})};
    readTiming(inner, probe);
    readiness.push_back(std::move(probe));
  } else if (!found->is_boolean() || !found->get<bool>()) {
    reader.fail("runner", "must be true, or an object such as { interval: 10s } to have the runner asked again");
  }
}

class SignWriter {
public:
  Json operator()(const RunnerSign&) const { return Json::object(); }
  Json operator()(const ConsoleSign& console) const { return Json{{"pattern", console.pattern}}; }
  Json operator()(const VsockSign& vsock) const { return Json{{"port", vsock.port}}; }
  Json operator()(const TcpSign& tcp) const { return Json{{"address", tcp.address}}; }
  Json operator()(const HttpSign& http) const { return Json{{"url", http.url}}; }
};

Json probeToJson(const Probe& probe) {
  Json json = std::visit(SignWriter(), probe.sign);
  const bool isUsual = probe == Probe(probe.sign);
  if (isUsual && !json.empty()) return json.begin().value();
  json["initialDelay"] = formatDuration(probe.timing.initialDelay);
  json["interval"] = formatDuration(probe.timing.interval);
  json["timeout"] = formatDuration(probe.timing.timeout);
  json["failureThreshold"] = probe.timing.failureThreshold;
  json["successThreshold"] = probe.timing.successThreshold;
  json["onFailure"] = textOf(probe.onFailure, kOnFailures);
  return json;
}

}  // namespace

Readiness readReadiness(JsonReader reader) {
  Readiness readiness;
  readRunner(reader, readiness);
  if (auto pattern = reader.string("console")) readiness.emplace_back(ConsoleSign{std::move(*pattern)});
  for (const Kind& kind : kLooked)
    readLooked(reader, kind, readiness);
  const bool isEmpty = readiness.empty() && !reader.has("runner") && !reader.has("console");
  reader.refuseUnknown();
  if (isEmpty) reader.fail("runner", "or console, vsock, tcp or http is required; or leave readiness out");
  return readiness;
}

Json toJson(const Readiness& readiness) {
  if (readiness.empty()) return Json{{"runner", true}};
  Json json = Json::object();
  for (const Probe& probe : readiness)
    json[std::string(memberOf(probe.sign))] = probeToJson(probe);
  return json;
}

Json conditionsToJson(const Conditions& conditions) {
  Json list = Json::array();
  for (const VmCondition& condition : conditions) {
    Json json;
    json["type"] = condition.type;
    json["status"] = toText(condition.status);
    json["reason"] = condition.reason;
    json["message"] = condition.message;
    json["lastTransitionTime"] = formatTimestamp(condition.lastTransition);
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace microvm
