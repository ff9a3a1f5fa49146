#include "tests/support/scripted_vfkit/script.hpp"

#include <functional>
#include <map>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "api/core/file.hpp"

namespace microvm::scripted {
namespace {

using Json = nlohmann::json;
using Setter = std::function<void(const Json&)>;

template <class T>
T pick(const Json& value, const std::map<std::string, T>& choices) {
  const auto found = choices.find(value.get<std::string>());
  if (found == choices.end()) throw std::invalid_argument("no such choice: " + value.dump());
  return found->second;
}

Span span(const Json& value) {
  return Span{value.get<std::int64_t>()};
}

void setAll(const Json& object, const std::map<std::string, Setter>& setters) {
  for (const auto& [name, value] : object.items()) {
    const auto found = setters.find(name);
    if (found == setters.end()) throw std::invalid_argument("no such member: " + name);
    found->second(value);
  }
}

OwnEnd readEnd(const Json& json) {
  OwnEnd end;
  setAll(json, {{"after", [&](const Json& v) { end.after = span(v); }},
                {"on", [&](const Json& v) { end.on = v; }},
                {"code", [&](const Json& v) { end.code = v; }},
                {"signal", [&](const Json& v) { end.signal = v; }},
                {"stderr", [&](const Json& v) { end.text = v; }}});
  if (!end.after && end.on.empty()) end.after = Span{0};
  return end;
}

ConsoleScript readConsole(const Json& json) {
  ConsoleScript console;
  setAll(json, {{"boot", [&](const Json& v) { console.boot = v; }},
                {"pattern", [&](const Json& v) { console.pattern = v; }},
                {"perMillisecond", [&](const Json& v) { console.perMillisecond = v; }},
                {"patternOn", [&](const Json& v) { console.patternOn = v; }},
                {"lineEvery", [&](const Json& v) { console.lineEvery = span(v); }},
                {"echo", [&](const Json& v) { console.echo = v; }},
                {"stall", [&](const Json& v) { console.stall = v; }}});
  return console;
}

Script readRule(const Json& json) {
  const std::map<std::string, OnStop> onStop{
      {"power-off", OnStop::PowerOff}, {"ignore", OnStop::Ignore}, {"refuse", OnStop::Refuse}};
  const std::map<std::string, OnHardStop> onHardStop{{"exit", OnHardStop::Exit},
                                                     {"answer", OnHardStop::Answer},
                                                     {"hang", OnHardStop::Hang},
                                                     {"ignore", OnHardStop::Ignore}};
  const std::map<std::string, RestManner> rest{{"normal", RestManner::Normal},   {"hang", RestManner::Hang},
                                               {"garbage", RestManner::Garbage}, {"half", RestManner::Half},
                                               {"huge", RestManner::Huge},       {"close", RestManner::Close},
                                               {"none", RestManner::None}};
  Script script;
  const auto running = [&](const Json& v) {
    v.is_null() ? script.runningAfter.reset() : void(script.runningAfter = span(v));
  };
  setAll(json, {{"start", [](const Json&) {}},
                {"cmdline", [](const Json&) {}},
                {"reachableAfter", [&](const Json& v) { script.reachableAfter = span(v); }},
                {"runningAfter", running},
                {"state", [&](const Json& v) { script.state = v; }},
                {"onStop", [&](const Json& v) { script.onStop = pick(v, onStop); }},
                {"stopAfter", [&](const Json& v) { script.stopAfter = span(v); }},
                {"onHardStop", [&](const Json& v) { script.onHardStop = pick(v, onHardStop); }},
                {"ignoreTerm", [&](const Json& v) { script.ignoreTerm = v; }},
                {"rest", [&](const Json& v) { script.rest = pick(v, rest); }},
                {"refuseDevice", [&](const Json& v) { script.refuseDevice = v; }},
                {"stderr", [&](const Json& v) { script.stderrText = v; }},
                {"stderrFlood", [&](const Json& v) { script.stderrFlood = v; }},
                {"leaveSocket", [&](const Json& v) { script.leaveSocket = v; }},
                {"end", [&](const Json& v) { script.end = readEnd(v); }},
                {"console", [&](const Json& v) { script.console = readConsole(v); }}});
  return script;
}

bool fits(const Json& rule, int start, const std::string& cmdline) {
  if (rule.contains("start") && rule["start"] != start) return false;
  return cmdline.find(rule.value("cmdline", "")) != std::string::npos;
}

}  // namespace

Result<Script> loadScript(const std::string& path, int start, const std::string& cmdline) {
  if (::access(path.c_str(), F_OK) != 0) return Script{};
  const auto text = readFile(path, 1024 * 1024);
  if (!text) return text.error();
  try {
    const auto json = Json::parse(*text);
    const auto rules = json.is_array() ? json : Json::array({json});
    for (const auto& rule : rules) {
      if (fits(rule, start, cmdline)) return readRule(rule);
    }
    return Script{};
  } catch (const std::exception& problem) {
    return Error{Errc::Malformed, path + ": " + problem.what(), {}, {}};
  }
}

}  // namespace microvm::scripted
