#include "daemon/domain/supervision/happening.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/domain/supervision/operation.hpp"
#include "daemon/domain/supervision/restart_policy.hpp"

namespace microvm {
namespace {

struct EventType {
  LifecycleEvent event;
  const char* type;
};
constexpr EventType kEventTypes[] = {
    {LifecycleEvent::StartAsked, "vm.starting"},       {LifecycleEvent::StopAsked, "vm.stopping"},
    {LifecycleEvent::KillAsked, "vm.killing"},         {LifecycleEvent::PauseAsked, "vm.pausing"},
    {LifecycleEvent::ResumeAsked, "vm.resuming"},      {LifecycleEvent::RestartAsked, "vm.restarting"},
    {LifecycleEvent::DeleteAsked, "vm.deleted"},       {LifecycleEvent::LaunchFailed, "vm.start-failed"},
    {LifecycleEvent::StartOverdue, "vm.killing"},      {LifecycleEvent::RunnerRunning, "vm.running"},
    {LifecycleEvent::RunnerPaused, "vm.paused"},       {LifecycleEvent::ChangeFailed, "vm.change-failed"},
    {LifecycleEvent::RunnerExited, "vm.stopped"},      {LifecycleEvent::RestartScheduled, "vm.stopped"},
    {LifecycleEvent::RestartDue, "vm.starting"},       {LifecycleEvent::Adopted, "vm.adopted"},
    {LifecycleEvent::StopGivenUp, "vm.stop-given-up"},
};

struct RungEvent {
  Rung rung;
  const char* type;
  const char* done;  ///< by the shim
};
constexpr RungEvent kRungEvents[] = {
    {Rung::PowerButton, "vm.power-button", "its shim asked the guest to power off"},
    {Rung::HardStop, "vm.hard-stop", "its shim told the runner to end the guest"},
    {Rung::Kill, "vm.kill", "its shim sent the runner SIGKILL"},
};

/// The daemon's own steps are told when they are taken; those of a shim are learned with the end.
VmEvent eventOfRung(const Happening& happening, const Vm& vm, const RungTaken& taken, Timestamp at) {
  const auto row = std::find_if(std::begin(kRungEvents), std::end(kRungEvents),
                                [&](const RungEvent& each) { return each.rung == taken.rung; });
  Cause cause = happening.exit->isHostStop ? Cause(kHostShutdown) : happening.cause;
  return eventOf(vm, row->type, std::move(cause), std::string(row->done) + " at " + formatTimestamp(taken.at), at);
}

Desired desiredAfter(const Happening& happening, const Vm& before, State state) {
  if (happening.event == LifecycleEvent::StopGivenUp) return Desired::Running;
  if (happening.cause.kind == kHostShutdown) return before.desired;
  // A guest that powers itself off wanted to stop; a runner that fails did not.
  const bool isPoweredOff = happening.exit && happening.exit->code == 0 && state == State::Stopped;
  if (isPoweredOff) return Desired::Stopped;
  return happening.isWish ? wishedState(happening.event).value_or(before.desired) : before.desired;
}

RestartHistory restartsAfter(const Happening& happening, RestartHistory before) {
  if (happening.restarts) return *happening.restarts;
  const bool isPeoples = happening.isWish && happening.cause.kind != kReadinessCause;
  if (isPeoples && wishedState(happening.event) == Desired::Running) return {};
  if (happening.event == LifecycleEvent::RestartDue) before.nextAt.reset();
  return before;
}

}  // namespace

std::optional<Desired> wishedState(LifecycleEvent event) {
  switch (event) {
    case LifecycleEvent::StartAsked:
    case LifecycleEvent::RestartAsked:
      return Desired::Running;
    case LifecycleEvent::StopAsked:
    case LifecycleEvent::KillAsked:
    case LifecycleEvent::DeleteAsked:
      return Desired::Stopped;
    default:
      return std::nullopt;
  }
}

bool isAskedFor(LifecycleEvent event) {
  return event == LifecycleEvent::DeleteAsked || operationOf(event).has_value();
}

Vm vmAfter(const Happening& happening, Vm vm, std::optional<State> next, Timestamp at) {
  const State state = next.value_or(vm.state);
  vm.desired = desiredAfter(happening, vm, state);
  vm.restarts = restartsAfter(happening, std::move(vm.restarts));
  if (state != vm.state) vm.stateSince = at;
  vm.state = state;
  vm.updatedAt = at;
  if (!isAlive(vm.state)) vm.launched.reset();
  if (!happening.detail.empty()) vm.reason = happening.detail;
  if (!happening.verdict.empty()) vm.reason += "; " + happening.verdict;
  if (happening.exit) {
    vm.lastExit = happening.exit;
    vm.lastExit->rungs.clear();  // they are events
  }
  return vm;
}

std::optional<ExitRecord> unexpectedEnd(const Happening& happening, State before, Timestamp at) {
  if (before == State::Stopping) return std::nullopt;
  const bool isStart = before == State::Starting;
  if (happening.exit) return isStart || !isCleanEnd(*happening.exit) ? happening.exit : std::nullopt;
  const bool isFailed =
      happening.event == LifecycleEvent::LaunchFailed || happening.event == LifecycleEvent::RestartScheduled;
  if (!isStart || !isFailed) return std::nullopt;
  return ExitRecord{std::nullopt, std::nullopt, at, happening.detail};
}

VmEvent eventOf(const Vm& vm, std::string type, Cause cause, std::string detail, Timestamp at) {
  VmEvent event;
  event.at = at;
  event.vmId = vm.id;
  event.vmName = vm.definition.name;
  event.labels = vm.definition.labels;
  event.type = std::move(type);
  event.cause = std::move(cause);
  event.detail = std::move(detail);
  return event;
}

std::vector<VmEvent> eventsOf(const Happening& happening, const Vm& vm, Timestamp at) {
  const auto row = std::find_if(std::begin(kEventTypes), std::end(kEventTypes),
                                [&](const EventType& each) { return each.event == happening.event; });
  if (row == std::end(kEventTypes)) return {};
  const bool isScheduled = happening.event == LifecycleEvent::RestartScheduled;
  const bool isFailedStart = isScheduled && !happening.exit;
  std::vector<VmEvent> events;
  if (happening.exit) {
    for (const auto& taken : happening.exit->rungs)
      events.push_back(eventOfRung(happening, vm, taken, at));
  }
  events.push_back(eventOf(vm, isFailedStart ? "vm.start-failed" : row->type, happening.cause, happening.detail, at));
  if (happening.exit) events.back().exit = ExitOutcome{happening.exit->code, happening.exit->signal};
  if (isScheduled || !happening.verdict.empty()) {
    const char* type = isScheduled ? "vm.restart-scheduled" : "vm.restart-given-up";
    events.push_back(eventOf(vm, type, "restart-policy", happening.verdict, at));
  }
  return events;
}

}  // namespace microvm
