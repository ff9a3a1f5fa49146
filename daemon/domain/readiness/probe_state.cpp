#include "daemon/domain/readiness/probe_state.hpp"

#include <algorithm>
#include <utility>

namespace microvm {
namespace {

constexpr Milliseconds kSoon{100};
constexpr unsigned kMostDoublings = 16;  // beyond the longest interval

ProbeState stateOf(ConditionStatus status, std::string reason, std::string message) {
  ProbeState state;
  state.status = status;
  state.reason = std::move(reason);
  state.message = std::move(message);
  return state;
}

}  // namespace

std::string_view toText(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::True:
      return "True";
    case ConditionStatus::False:
      return "False";
    case ConditionStatus::Unknown:
      return "Unknown";
  }
  return "";
}

ProbeState idleProbe() {
  return stateOf(ConditionStatus::False, "NotRunning", "the guest does not run");
}

ProbeState freshProbe() {
  return stateOf(ConditionStatus::False, "Waiting", "not seen yet");
}

ProbeState adoptedProbe() {
  auto state = stateOf(ConditionStatus::Unknown, "Probing", "the daemon was started after the guest and is looking");
  state.hasHeld = true;
  return state;
}

ProbeState afterLook(ProbeState before, const ProbeTiming& timing, Look look) {
  ProbeState next = std::move(before);
  next.message = std::move(look.message);
  next.good = look.isGood ? next.good + 1 : 0;
  next.bad = look.isGood ? 0 : next.bad + 1;
  if (next.good >= timing.successThreshold) {
    next.status = ConditionStatus::True;
    next.reason = "Seen";
    next.hasHeld = true;
  } else if (next.hasHeld && next.bad >= timing.failureThreshold) {
    next.status = ConditionStatus::False;
    next.reason = "Failing";
  }
  return next;
}

bool isFailureDue(const ProbeState& state, const ProbeTiming& timing) {
  return state.hasHeld && state.bad > 0 && state.bad % timing.failureThreshold == 0;
}

Milliseconds untilNextLook(const ProbeState& state, const ProbeTiming& timing) {
  if (state.hasHeld) return timing.interval;
  const unsigned doublings = std::min(state.bad, kMostDoublings);
  return std::min(kSoon * (1 << doublings), timing.interval);
}

}  // namespace microvm
