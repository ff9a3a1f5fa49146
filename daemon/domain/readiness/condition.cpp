#include "daemon/domain/readiness/condition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

namespace microvm {
namespace {

constexpr std::string_view kRunning = "Running";
constexpr std::string_view kReady = "Ready";
constexpr std::string_view kGoalPrefix = "condition=";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// "Running", "Paused", "Stopped".
std::string wordOf(State state) {
  std::string word(toText(state));
  word.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
  return word;
}

VmCondition runningOf(const Vm& vm) {
  VmCondition condition;
  condition.type = kRunning;
  condition.status = vm.state == State::Running ? ConditionStatus::True : ConditionStatus::False;
  condition.reason = wordOf(vm.state);
  condition.message = vm.reason;
  return condition;
}

VmCondition conditionOfProbe(const Probe& probe, ProbeState state) {
  VmCondition condition;
  condition.type = conditionOf(probe.sign);
  condition.status = state.status;
  condition.reason = std::move(state.reason);
  condition.message = std::move(state.message);
  return condition;
}

/// The first that stands in the way: what is false before what is unknown.
const VmCondition* obstacleIn(const Conditions& parts) {
  for (const auto status : {ConditionStatus::False, ConditionStatus::Unknown}) {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const VmCondition& each) { return each.status == status; });
    if (found != parts.end()) return &*found;
  }
  return nullptr;
}

/// The sum of what stands before it.
VmCondition readyOf(const Conditions& parts) {
  VmCondition ready;
  ready.type = kReady;
  ready.status = ConditionStatus::True;
  ready.reason = parts.size() == 1 ? "Running" : "Seen";
  ready.message = parts.size() == 1 ? "the guest runs, and no further sign is looked for" : "every sign is there";
  const auto* obstacle = obstacleIn(parts);
  if (obstacle == nullptr) return ready;
  ready.status = obstacle->status;
  ready.reason = obstacle->reason;
  ready.message = obstacle->type == kRunning ? fmt::format("the guest does not run: {}", obstacle->message)
                                             : fmt::format("{}: {}", obstacle->type, obstacle->message);
  return ready;
}

std::optional<ConditionStatus> parseStatus(const std::string& text) {
  for (const auto status : {ConditionStatus::True, ConditionStatus::False, ConditionStatus::Unknown}) {
    if (lower(toText(status)) == text) return status;
  }
  return std::nullopt;
}

std::optional<std::string> parseType(const std::string& text) {
  static constexpr std::array<std::string_view, 7> kTypes{kRunning, kReady, "Runner", "Console",
                                                          "Vsock",  "Tcp",  "Http"};
  for (const auto type : kTypes) {
    if (lower(type) == text) return std::string(type);
  }
  return std::nullopt;
}

}  // namespace

Conditions conditionsOf(const Vm& vm, const std::vector<ProbeState>& probes, Timestamp now) {
  Conditions conditions{runningOf(vm)};
  const auto& wanted = vm.definition.readiness;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    conditions.push_back(conditionOfProbe(wanted[i], i < probes.size() ? probes[i] : idleProbe()));
  conditions.push_back(readyOf(conditions));
  for (VmCondition& condition : conditions)
    condition.lastTransition = now;
  return conditions;
}

Conditions carriedOver(const Conditions& before, Conditions after) {
  for (VmCondition& condition : after) {
    const auto* old = findCondition(before, condition.type);
    if (old != nullptr && old->status == condition.status) condition.lastTransition = old->lastTransition;
  }
  return after;
}

std::vector<VmCondition> changesOf(const Conditions& before, const Conditions& after) {
  std::vector<VmCondition> changes;
  for (const VmCondition& condition : after) {
    const auto* old = findCondition(before, condition.type);
    if (old != nullptr && old->status != condition.status) changes.push_back(condition);
  }
  return changes;
}

const VmCondition* findCondition(const Conditions& conditions, std::string_view type) {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(), [&](const VmCondition& each) { return each.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

std::optional<ConditionGoal> parseConditionGoal(std::string_view text) {
  auto word = lower(text);
  if (word == "ready") return ConditionGoal{};
  if (!word.starts_with(kGoalPrefix)) return std::nullopt;
  word.erase(0, kGoalPrefix.size());
  const auto equals = std::min(word.find('='), word.size());
  const auto type = parseType(word.substr(0, equals));
  const auto status = equals == word.size() ? ConditionStatus::True : parseStatus(word.substr(equals + 1));
  if (!type || !status) return std::nullopt;
  return ConditionGoal{*type, *status};
}

}  // namespace microvm
