#include "daemon/domain/lifecycle.hpp"

#include <array>
#include <cassert>

#include <fmt/format.h>

namespace microvm {

namespace {

using E = LifecycleEvent;
using S = State;

constexpr std::size_t kStates = 7;

constexpr LifecycleRule go(S state, E event, S next, Effect effect) {
  return {state, event, {next, effect, Refusal::None}};
}
constexpr LifecycleRule stay(S state, E event, Effect effect) {
  return {state, event, {std::nullopt, effect, Refusal::None}};
}
constexpr LifecycleRule refuse(S state, E event, Refusal refusal) {
  return {state, event, {std::nullopt, Effect::Refuse, refusal}};
}

constexpr std::array<LifecycleRule, kStates * kLifecycleEvents> kTable{{
    go(S::Stopped, E::StartAsked, S::Starting, Effect::Launch),
    stay(S::Stopped, E::StopAsked, Effect::Join),
    stay(S::Stopped, E::KillAsked, Effect::Join),
    refuse(S::Stopped, E::PauseAsked, Refusal::NotRunning),
    refuse(S::Stopped, E::ResumeAsked, Refusal::NotRunning),
    go(S::Stopped, E::RestartAsked, S::Starting, Effect::Launch),
    stay(S::Stopped, E::DeleteAsked, Effect::Remove),
    stay(S::Stopped, E::LaunchFailed, Effect::Ignore),
    stay(S::Stopped, E::StartOverdue, Effect::Ignore),
    stay(S::Stopped, E::RunnerRunning, Effect::Ignore),
    stay(S::Stopped, E::RunnerPaused, Effect::Ignore),
    stay(S::Stopped, E::ChangeFailed, Effect::Ignore),
    stay(S::Stopped, E::RunnerExited, Effect::Ignore),
    stay(S::Stopped, E::RestartScheduled, Effect::Ignore),
    stay(S::Stopped, E::RestartDue, Effect::Ignore),
    go(S::Stopped, E::Adopted, S::Starting, Effect::Watch),
    stay(S::Stopped, E::RungExpired, Effect::Ignore),
    stay(S::Stopped, E::StopGivenUp, Effect::Ignore),

    stay(S::Starting, E::StartAsked, Effect::Join),
    go(S::Starting, E::StopAsked, S::Stopping, Effect::BeginStop),
    go(S::Starting, E::KillAsked, S::Stopping, Effect::Kill),
    refuse(S::Starting, E::PauseAsked, Refusal::NotRunning),
    refuse(S::Starting, E::ResumeAsked, Refusal::NotRunning),
    stay(S::Starting, E::RestartAsked, Effect::Join),
    refuse(S::Starting, E::DeleteAsked, Refusal::NotStopped),
    go(S::Starting, E::LaunchFailed, S::Stopped, Effect::RecordExit),
    stay(S::Starting, E::StartOverdue, Effect::Kill),
    go(S::Starting, E::RunnerRunning, S::Running, Effect::None),
    go(S::Starting, E::RunnerPaused, S::Paused, Effect::None),
    stay(S::Starting, E::ChangeFailed, Effect::Ignore),
    go(S::Starting, E::RunnerExited, S::Stopped, Effect::RecordExit),
    go(S::Starting, E::RestartScheduled, S::Restarting, Effect::AwaitRestart),
    stay(S::Starting, E::RestartDue, Effect::Ignore),
    stay(S::Starting, E::Adopted, Effect::Watch),
    stay(S::Starting, E::RungExpired, Effect::Ignore),
    stay(S::Starting, E::StopGivenUp, Effect::Ignore),

    stay(S::Running, E::StartAsked, Effect::Join),
    go(S::Running, E::StopAsked, S::Stopping, Effect::BeginStop),
    go(S::Running, E::KillAsked, S::Stopping, Effect::Kill),
    stay(S::Running, E::PauseAsked, Effect::Pause),
    stay(S::Running, E::ResumeAsked, Effect::Join),
    go(S::Running, E::RestartAsked, S::Stopping, Effect::BeginStop),
    refuse(S::Running, E::DeleteAsked, Refusal::NotStopped),
    stay(S::Running, E::LaunchFailed, Effect::Ignore),
    stay(S::Running, E::StartOverdue, Effect::Ignore),
    stay(S::Running, E::RunnerRunning, Effect::Ignore),
    go(S::Running, E::RunnerPaused, S::Paused, Effect::None),
    stay(S::Running, E::ChangeFailed, Effect::None),
    go(S::Running, E::RunnerExited, S::Stopped, Effect::RecordExit),
    go(S::Running, E::RestartScheduled, S::Restarting, Effect::AwaitRestart),
    stay(S::Running, E::RestartDue, Effect::Ignore),
    stay(S::Running, E::Adopted, Effect::Watch),
    stay(S::Running, E::RungExpired, Effect::Ignore),
    stay(S::Running, E::StopGivenUp, Effect::Ignore),

    refuse(S::Paused, E::StartAsked, Refusal::Paused),
    go(S::Paused, E::StopAsked, S::Stopping, Effect::BeginStop),
    go(S::Paused, E::KillAsked, S::Stopping, Effect::Kill),
    stay(S::Paused, E::PauseAsked, Effect::Join),
    stay(S::Paused, E::ResumeAsked, Effect::Resume),
    go(S::Paused, E::RestartAsked, S::Stopping, Effect::BeginStop),
    refuse(S::Paused, E::DeleteAsked, Refusal::NotStopped),
    stay(S::Paused, E::LaunchFailed, Effect::Ignore),
    stay(S::Paused, E::StartOverdue, Effect::Ignore),
    go(S::Paused, E::RunnerRunning, S::Running, Effect::None),
    stay(S::Paused, E::RunnerPaused, Effect::Ignore),
    stay(S::Paused, E::ChangeFailed, Effect::None),
    go(S::Paused, E::RunnerExited, S::Stopped, Effect::RecordExit),
    go(S::Paused, E::RestartScheduled, S::Restarting, Effect::AwaitRestart),
    stay(S::Paused, E::RestartDue, Effect::Ignore),
    stay(S::Paused, E::Adopted, Effect::Watch),
    stay(S::Paused, E::RungExpired, Effect::Ignore),
    stay(S::Paused, E::StopGivenUp, Effect::Ignore),

    refuse(S::Stopping, E::StartAsked, Refusal::Stopping),
    stay(S::Stopping, E::StopAsked, Effect::BeginStop),
    stay(S::Stopping, E::KillAsked, Effect::Kill),
    refuse(S::Stopping, E::PauseAsked, Refusal::Stopping),
    refuse(S::Stopping, E::ResumeAsked, Refusal::Stopping),
    refuse(S::Stopping, E::RestartAsked, Refusal::Stopping),
    refuse(S::Stopping, E::DeleteAsked, Refusal::Stopping),
    go(S::Stopping, E::LaunchFailed, S::Stopped, Effect::RecordExit),
    stay(S::Stopping, E::StartOverdue, Effect::Kill),
    stay(S::Stopping, E::RunnerRunning, Effect::Ignore),
    stay(S::Stopping, E::RunnerPaused, Effect::Ignore),
    stay(S::Stopping, E::ChangeFailed, Effect::Ignore),
    go(S::Stopping, E::RunnerExited, S::Stopped, Effect::RecordExit),
    go(S::Stopping, E::RestartScheduled, S::Restarting, Effect::AwaitRestart),
    stay(S::Stopping, E::RestartDue, Effect::Ignore),
    stay(S::Stopping, E::Adopted, Effect::WatchAndStop),
    stay(S::Stopping, E::RungExpired, Effect::EscalateStop),
    go(S::Stopping, E::StopGivenUp, S::Running, Effect::None),

    go(S::Restarting, E::StartAsked, S::Starting, Effect::Launch),
    go(S::Restarting, E::StopAsked, S::Stopped, Effect::RecordExit),
    go(S::Restarting, E::KillAsked, S::Stopped, Effect::RecordExit),
    refuse(S::Restarting, E::PauseAsked, Refusal::NotRunning),
    refuse(S::Restarting, E::ResumeAsked, Refusal::NotRunning),
    go(S::Restarting, E::RestartAsked, S::Starting, Effect::Launch),
    stay(S::Restarting, E::DeleteAsked, Effect::Remove),
    stay(S::Restarting, E::LaunchFailed, Effect::Ignore),
    stay(S::Restarting, E::StartOverdue, Effect::Ignore),
    stay(S::Restarting, E::RunnerRunning, Effect::Ignore),
    stay(S::Restarting, E::RunnerPaused, Effect::Ignore),
    stay(S::Restarting, E::ChangeFailed, Effect::Ignore),
    stay(S::Restarting, E::RunnerExited, Effect::Ignore),
    stay(S::Restarting, E::RestartScheduled, Effect::Ignore),
    go(S::Restarting, E::RestartDue, S::Starting, Effect::Launch),
    go(S::Restarting, E::Adopted, S::Starting, Effect::Watch),
    stay(S::Restarting, E::RungExpired, Effect::Ignore),
    stay(S::Restarting, E::StopGivenUp, Effect::Ignore),

    refuse(S::Broken, E::StartAsked, Refusal::Broken),
    refuse(S::Broken, E::StopAsked, Refusal::Broken),
    stay(S::Broken, E::KillAsked, Effect::Kill),
    refuse(S::Broken, E::PauseAsked, Refusal::Broken),
    refuse(S::Broken, E::ResumeAsked, Refusal::Broken),
    refuse(S::Broken, E::RestartAsked, Refusal::Broken),
    stay(S::Broken, E::DeleteAsked, Effect::Remove),
    stay(S::Broken, E::LaunchFailed, Effect::Ignore),
    stay(S::Broken, E::StartOverdue, Effect::Ignore),
    stay(S::Broken, E::RunnerRunning, Effect::Ignore),
    stay(S::Broken, E::RunnerPaused, Effect::Ignore),
    stay(S::Broken, E::ChangeFailed, Effect::Ignore),
    stay(S::Broken, E::RunnerExited, Effect::Ignore),
    stay(S::Broken, E::RestartScheduled, Effect::Ignore),
    stay(S::Broken, E::RestartDue, Effect::Ignore),
    stay(S::Broken, E::Adopted, Effect::Watch),
    stay(S::Broken, E::RungExpired, Effect::Ignore),
    stay(S::Broken, E::StopGivenUp, Effect::Ignore),
}};

constexpr std::size_t placeOf(S state, E event) {
  return static_cast<std::size_t>(state) * kLifecycleEvents + static_cast<std::size_t>(event);
}

constexpr bool isComplete() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (placeOf(kTable[i].state, kTable[i].event) != i) return false;
  }
  return true;
}
static_assert(isComplete(), "the table has every state and event once, in order");

std::string_view verbOf(E event) {
  switch (event) {
    case E::StartAsked:
      return "started";
    case E::StopAsked:
      return "stopped";
    case E::KillAsked:
      return "killed";
    case E::PauseAsked:
      return "paused";
    case E::ResumeAsked:
      return "resumed";
    case E::RestartAsked:
      return "restarted";
    case E::DeleteAsked:
      return "deleted";
    case E::LaunchFailed:
    case E::StartOverdue:
    case E::RunnerRunning:
    case E::RunnerPaused:
    case E::ChangeFailed:
    case E::RunnerExited:
    case E::RestartScheduled:
    case E::RestartDue:
    case E::Adopted:
    case E::RungExpired:
    case E::StopGivenUp:
      break;
  }
  return "changed";
}

}  // namespace

Transition decide(State state, LifecycleEvent event) {
  const LifecycleRule& rule = kTable.at(placeOf(state, event));
  assert(rule.state == state && rule.event == event);
  return rule.transition;
}

std::span<const LifecycleRule> lifecycleTable() {
  return kTable;
}

Error refusalError(Refusal refusal, const Vm& vm, LifecycleEvent event) {
  const auto refused = [&](std::string_view hint) {
    return Error{Errc::WrongState,
                 fmt::format("VM {} is {} and cannot be {}", vm.definition.name, toText(vm.state), verbOf(event)),
                 std::string(hint),
                 {}};
  };
  switch (refusal) {
    case Refusal::Stopping:
      return refused("wait until it is stopped and ask again; kill ends it at once");
    case Refusal::NotStopped:
      return refused("stop it first, or delete it with force, which kills it");
    case Refusal::NotRunning:
      return refused("start it first: microvmctl start " + vm.definition.name);
    case Refusal::Paused:
      return refused("let it go on: microvmctl resume " + vm.definition.name);
    case Refusal::Broken: {
      Error error = refused("repair what is broken and restart the daemon, or delete the VM");
      if (!vm.reason.empty()) error.detail += ": " + vm.reason;
      return error;
    }
    case Refusal::None:
      break;
  }
  assert(false);
  return refused("");
}

std::string_view toText(LifecycleEvent event) {
  switch (event) {
    case E::StartAsked:
      return "start-asked";
    case E::StopAsked:
      return "stop-asked";
    case E::KillAsked:
      return "kill-asked";
    case E::PauseAsked:
      return "pause-asked";
    case E::ResumeAsked:
      return "resume-asked";
    case E::RestartAsked:
      return "restart-asked";
    case E::DeleteAsked:
      return "delete-asked";
    case E::LaunchFailed:
      return "launch-failed";
    case E::StartOverdue:
      return "start-overdue";
    case E::RunnerRunning:
      return "runner-running";
    case E::RunnerPaused:
      return "runner-paused";
    case E::ChangeFailed:
      return "change-failed";
    case E::RunnerExited:
      return "runner-exited";
    case E::RestartScheduled:
      return "restart-scheduled";
    case E::RestartDue:
      return "restart-due";
    case E::Adopted:
      return "adopted";
    case E::RungExpired:
      return "rung-expired";
    case E::StopGivenUp:
      return "stop-given-up";
  }
  return "";
}

std::string_view toText(Effect effect) {
  switch (effect) {
    case Effect::None:
      return "none";
    case Effect::Join:
      return "join";
    case Effect::Ignore:
      return "ignore";
    case Effect::Refuse:
      return "refuse";
    case Effect::Launch:
      return "launch";
    case Effect::Pause:
      return "pause";
    case Effect::Resume:
      return "resume";
    case Effect::Watch:
      return "watch";
    case Effect::WatchAndStop:
      return "watch-and-stop";
    case Effect::BeginStop:
      return "begin-stop";
    case Effect::EscalateStop:
      return "escalate-stop";
    case Effect::Kill:
      return "kill";
    case Effect::RecordExit:
      return "record-exit";
    case Effect::AwaitRestart:
      return "await-restart";
    case Effect::Remove:
      return "remove";
  }
  return "";
}

std::string_view toText(Refusal refusal) {
  switch (refusal) {
    case Refusal::None:
      return "none";
    case Refusal::Stopping:
      return "stopping";
    case Refusal::NotStopped:
      return "not-stopped";
    case Refusal::NotRunning:
      return "not-running";
    case Refusal::Paused:
      return "paused";
    case Refusal::Broken:
      return "broken";
  }
  return "";
}

}  // namespace microvm
