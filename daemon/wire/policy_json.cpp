#include "daemon/wire/policy_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/policy_rules.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

constexpr Choice<RestartPolicy> kPolicies[] = {
    {"no", RestartPolicy::No}, {"on-failure", RestartPolicy::OnFailure}, {"always", RestartPolicy::Always}};
constexpr Choice<OnHostShutdown> kShutdowns[] = {{"stop", OnHostShutdown::Stop}, {"leave", OnHostShutdown::Leave}};

}  // namespace

ConsoleSettings readConsole(JsonReader reader) {
  ConsoleSettings console;
  assign(console.size, readSize(reader, "size", {kLeastConsoleSize, kLargestConsoleSegment}));
  assign(console.keep, reader.wholeNumber("keep", 1, kMostConsoleSegments));
  reader.refuseUnknown();
  return console;
}

Restart readRestart(JsonReader reader) {
  Restart restart;
  assign(restart.policy, reader.choice("policy", kPolicies));
  assign(restart.backoff, reader.parsed("backoff", parseDuration));
  assign(restart.maxBackoff, reader.parsed("maxBackoff", parseDuration));
  assign(restart.giveUpAfter, reader.wholeNumber("giveUpAfter", 1, kMostRestarts));
  assign(restart.within, reader.parsed("within", parseDuration));
  reader.refuseUnknown();
  return restart;
}

StopSettings readStop(JsonReader reader) {
  StopSettings stop;
  assign(stop.timeout, reader.parsed("timeout", parseDuration));
  assign(stop.escalate, reader.boolean("escalate"));
  assign(stop.onHostShutdown, reader.choice("onHostShutdown", kShutdowns));
  reader.refuseUnknown();
  return stop;
}

Autostart readAutostart(JsonReader& spec) {
  Autostart autostart;
  const Json* found = spec.find("autostart");
  if (found == nullptr) return autostart;
  if (found->is_boolean()) {
    autostart.enable = found->get<bool>();
    return autostart;
  }
  if (!found->is_object()) {
    spec.fail("autostart", "must be true, false or an object such as { enable: true, priority: 10 }");
    return autostart;
  }
  JsonReader reader = *spec.object("autostart");
  assign(autostart.enable, reader.boolean("enable"));
  if (const auto priority = reader.integer("priority")) {
    const bool fits = *priority >= std::numeric_limits<int>::min() && *priority <= std::numeric_limits<int>::max();
    if (fits) autostart.priority = static_cast<int>(*priority);
    if (!fits) reader.fail("priority", fmt::format("{} is out of range", *priority));
  }
  assign(autostart.delay, reader.parsed("delay", parseDuration));
  assign(autostart.startAfter, reader.strings("startAfter", kMostRead));
  reader.refuseUnknown();
  return autostart;
}

Json toJson(const ConsoleSettings& console) {
  return Json{{"size", formatSize(console.size)}, {"keep", console.keep}};
}

Json toJson(const Restart& restart) {
  Json json;
  json["policy"] = textOf(restart.policy, kPolicies);
  json["backoff"] = formatDuration(restart.backoff);
  json["maxBackoff"] = formatDuration(restart.maxBackoff);
  json["giveUpAfter"] = restart.giveUpAfter;
  json["within"] = formatDuration(restart.within);
  return json;
}

Json toJson(const StopSettings& stop) {
  Json json;
  json["timeout"] = formatDuration(stop.timeout);
  json["escalate"] = stop.escalate;
  json["onHostShutdown"] = textOf(stop.onHostShutdown, kShutdowns);
  return json;
}

Json toJson(const Autostart& autostart) {
  Json json;
  json["enable"] = autostart.enable;
  json["priority"] = autostart.priority;
  json["delay"] = formatDuration(autostart.delay);
  json["startAfter"] = autostart.startAfter;
  return json;
}

}  // namespace microvm
