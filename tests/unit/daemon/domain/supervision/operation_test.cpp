#include "daemon/domain/supervision/operation.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

constexpr OperationKind kKinds[] = {OperationKind::Start, OperationKind::Stop,   OperationKind::Kill,
                                    OperationKind::Pause, OperationKind::Resume, OperationKind::Restart};

}  // namespace

TEST_CASE("a request for what is under way joins it") {
  for (const auto kind : kKinds)
    CHECK(arbitrate(kind, kind) == Arbitration::Join);
}

TEST_CASE("stop and kill overtake what brings a VM up, and kill overtakes stop") {
  for (const auto kind : {OperationKind::Start, OperationKind::Pause, OperationKind::Resume, OperationKind::Restart}) {
    CHECK(arbitrate(kind, OperationKind::Stop) == Arbitration::Overtake);
    CHECK(arbitrate(kind, OperationKind::Kill) == Arbitration::Overtake);
  }
  CHECK(arbitrate(OperationKind::Stop, OperationKind::Kill) == Arbitration::Overtake);
  CHECK(arbitrate(OperationKind::Kill, OperationKind::Stop) == Arbitration::Join);
}

TEST_CASE("stops are compared by when they end the guest") {
  VmOperation running;
  running.kind = OperationKind::Stop;
  running.stop = StopSettings{Milliseconds(6'000), true};
  const auto asked = [&](StopSettings stop) { return arbitrate(running, OperationKind::Stop, stop); };

  CHECK(asked({Milliseconds(6'000), true, OnHostShutdown::Leave}) == Arbitration::Join);
  CHECK(asked({Milliseconds(1'000), true}) == Arbitration::Overtake);
  CHECK(asked({Milliseconds(7'000), true}) == Arbitration::Busy);
  CHECK(asked({Milliseconds(1'000), false}) == Arbitration::Busy);
  CHECK(arbitrate(running, OperationKind::Kill, std::nullopt) == Arbitration::Overtake);
  running.stop->escalate = false;
  CHECK(asked({Milliseconds(60'000), true}) == Arbitration::Overtake);
  CHECK(asked({Milliseconds(1'000), false}) == Arbitration::Busy);
  running.kind = OperationKind::Restart;
  CHECK(arbitrate(running, OperationKind::Restart, StopSettings{}) == Arbitration::Busy);
}

TEST_CASE("a start during a stop has to wait, and is told for what") {
  VmOperation stop;
  stop.id = "01939f3e";
  stop.kind = OperationKind::Stop;
  stop.vmName = "web";

  const auto error = busyError(stop, OperationKind::Start);

  CHECK(arbitrate(OperationKind::Stop, OperationKind::Start) == Arbitration::Busy);
  CHECK(error.code == Errc::Busy);
  CHECK(error.detail == "VM web cannot start now: the operation 01939f3e (stop) is under way");
  CHECK(error.hint == "microvmctl op wait 01939f3e");
}

TEST_CASE("every kind begins with its own event, and comes back from it") {
  for (const auto kind : kKinds)
    CHECK(operationOf(beginningOf(kind)) == kind);
  CHECK_FALSE(operationOf(LifecycleEvent::RunnerExited));
  CHECK_FALSE(operationOf(LifecycleEvent::DeleteAsked));
}

TEST_CASE("an operation is over when its goal is reached or can no longer be") {
  using E = LifecycleEvent;
  using K = OperationKind;
  using O = OperationState;
  using S = State;
  struct Row {
    K kind;
    E event;
    S before;
    S after;
    std::optional<O> outcome;
  };
  const Row rows[] = {
      {K::Start, E::StartAsked, S::Stopped, S::Starting, {}},
      {K::Start, E::RunnerRunning, S::Starting, S::Running, O::Succeeded},
      {K::Start, E::RunnerPaused, S::Starting, S::Paused, O::Succeeded},
      {K::Start, E::LaunchFailed, S::Starting, S::Stopped, O::Failed},
      {K::Start, E::RunnerExited, S::Starting, S::Stopped, O::Failed},
      {K::Start, E::RestartScheduled, S::Starting, S::Restarting, O::Failed},
      {K::Stop, E::StopAsked, S::Running, S::Stopping, {}},
      {K::Stop, E::RungExpired, S::Stopping, S::Stopping, {}},
      {K::Stop, E::RunnerExited, S::Stopping, S::Stopped, O::Succeeded},
      {K::Stop, E::StopGivenUp, S::Stopping, S::Running, O::Failed},
      {K::Kill, E::RunnerExited, S::Stopping, S::Stopped, O::Succeeded},
      {K::Pause, E::PauseAsked, S::Running, S::Running, {}},
      {K::Pause, E::RunnerPaused, S::Running, S::Paused, O::Succeeded},
      {K::Pause, E::ChangeFailed, S::Running, S::Running, O::Failed},
      {K::Pause, E::RunnerExited, S::Running, S::Stopped, O::Failed},
      {K::Resume, E::RunnerRunning, S::Paused, S::Running, O::Succeeded},
      {K::Resume, E::ChangeFailed, S::Paused, S::Paused, O::Failed},
      {K::Restart, E::RestartScheduled, S::Stopping, S::Restarting, {}},
      {K::Restart, E::RestartDue, S::Restarting, S::Starting, {}},
      {K::Restart, E::RunnerRunning, S::Starting, S::Running, O::Succeeded},
      {K::Restart, E::RestartScheduled, S::Starting, S::Restarting, O::Failed},
      {K::Restart, E::LaunchFailed, S::Starting, S::Stopped, O::Failed},
      {K::Restart, E::DeleteAsked, S::Restarting, S::Restarting, O::Failed},
  };
  for (const Row& row : rows) {
    CAPTURE(toText(row.kind));
    CAPTURE(toText(row.event));
    CHECK(outcomeOf(row.kind, row.event, row.before, row.after) == row.outcome);
  }
}

TEST_CASE("kinds and states read back what they are written as") {
  for (const auto kind : kKinds)
    CHECK(parseOperationKind(toText(kind)) == kind);
  for (const auto state :
       {OperationState::Running, OperationState::Succeeded, OperationState::Failed, OperationState::Cancelled}) {
    CHECK(parseOperationState(toText(state)) == state);
  }
  CHECK_FALSE(parseOperationKind("reboot"));
  CHECK_FALSE(parseOperationState(""));
}
