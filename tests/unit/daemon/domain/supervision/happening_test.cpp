#include "daemon/domain/supervision/happening.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

constexpr Timestamp kBefore{Milliseconds(1'000)};
constexpr Timestamp kNow{Milliseconds(2'000)};

Vm vmIn(State state, Desired desired) {
  Vm vm;
  vm.id = "1f2e";
  vm.definition.name = "web";
  vm.definition.labels = {{"team", "infra"}};
  vm.state = state;
  vm.desired = desired;
  vm.stateSince = vm.updatedAt = kBefore;
  return vm;
}

Happening happeningOf(LifecycleEvent event, Cause cause) {
  Happening happening;
  happening.event = event;
  happening.cause = std::move(cause);
  happening.isWish = isAskedFor(event);
  return happening;
}

Happening exitWith(std::optional<int> code) {
  Happening happening = happeningOf(LifecycleEvent::RunnerExited, "runner");
  happening.exit = ExitRecord{code, std::nullopt, kNow, "it ended"};
  happening.detail = "it ended";
  return happening;
}

}  // namespace

TEST_CASE("a start makes running the wish, and the time of the new state is kept") {
  const Vm before = vmIn(State::Stopped, Desired::Stopped);

  const Vm after = vmAfter(happeningOf(LifecycleEvent::StartAsked, "user"), before, State::Starting, kNow);

  CHECK(after.state == State::Starting);
  CHECK(after.desired == Desired::Running);
  CHECK(after.stateSince == kNow);
}

TEST_CASE("what leaves the state as it is leaves its time too") {
  const Vm before = vmIn(State::Running, Desired::Running);

  const Vm after = vmAfter(happeningOf(LifecycleEvent::ChangeFailed, "runner"), before, std::nullopt, kNow);

  CHECK(after.stateSince == kBefore);
  CHECK(after.updatedAt == kNow);
}

TEST_CASE("a stop with the host leaves the wish as it was") {
  const Vm running = vmIn(State::Running, Desired::Running);
  Happening end = exitWith(0);
  end.cause = kHostShutdown;

  CHECK(vmAfter(happeningOf(LifecycleEvent::StopAsked, kHostShutdown), running, State::Stopping, kNow).desired ==
        Desired::Running);
  CHECK(vmAfter(end, running, State::Stopped, kNow).desired == Desired::Running);
}

TEST_CASE("a guest that powers itself off wanted to stop, and a runner that fails did not") {
  const Vm running = vmIn(State::Running, Desired::Running);

  CHECK(vmAfter(exitWith(0), running, State::Stopped, kNow).desired == Desired::Stopped);
  CHECK(vmAfter(exitWith(1), running, State::Stopped, kNow).desired == Desired::Running);
  CHECK(vmAfter(exitWith(1), running, State::Stopped, kNow).lastExit->code == 1);
}

TEST_CASE("people who start a VM begin its history anew, and probes do not") {
  Vm before = vmIn(State::Running, Desired::Running);
  before.restarts.deaths = {kBefore};

  const Vm asked = vmAfter(happeningOf(LifecycleEvent::RestartAsked, "user"), before, State::Stopping, kNow);
  const Vm probed = vmAfter(happeningOf(LifecycleEvent::RestartAsked, kReadinessCause), before, State::Stopping, kNow);

  CHECK(asked.restarts.deaths.empty());
  CHECK(probed.restarts.deaths.size() == 1);
}

TEST_CASE("what it was launched with counts no longer than it lives") {
  Vm before = vmIn(State::Running, Desired::Running);
  before.launched = before.definition;

  CHECK(vmAfter(happeningOf(LifecycleEvent::StopAsked, "user"), before, State::Stopping, kNow).launched);
  CHECK_FALSE(vmAfter(exitWith(0), before, State::Stopped, kNow).launched);
}

TEST_CASE("an end is told with how it was, and with what the restart policy says of it") {
  Happening end = exitWith(1);
  end.verdict = "it is not tried again";

  const auto events = eventsOf(end, vmIn(State::Running, Desired::Running), kNow);

  REQUIRE(events.size() == 2);
  CHECK(events[0].type == "vm.stopped");
  CHECK(events[0].vmName == "web");
  CHECK(events[0].labels.at("team") == "infra");
  CHECK(events[0].exit == ExitOutcome{1, std::nullopt});
  CHECK(events[1].type == "vm.restart-given-up");
  CHECK(events[1].cause == Cause("restart-policy"));
}

TEST_CASE("what a shim did to end its runner is told before the end") {
  Happening end = exitWith(0);
  end.exit->isHostStop = true;
  end.exit->rungs = {{Rung::PowerButton, kNow}, {Rung::HardStop, kNow}};

  const auto events = eventsOf(end, vmIn(State::Running, Desired::Running), kNow);

  REQUIRE(events.size() == 3);
  CHECK(events[0].type == "vm.power-button");
  CHECK(events[0].detail == "its shim asked the guest to power off at " + formatTimestamp(kNow));
  CHECK_FALSE(events[0].exit);
  CHECK(events[0].cause == Cause(kHostShutdown));
  CHECK(events[2].cause == end.cause);
  CHECK(events[1].type == "vm.hard-stop");
  CHECK(events[2].type == "vm.stopped");
  CHECK(events[2].exit == ExitOutcome{0, std::nullopt});
}

TEST_CASE("a start that is tried again is told as one that failed") {
  Happening failed = happeningOf(LifecycleEvent::RestartScheduled, "runner");
  failed.verdict = "tried again in 1s";

  const auto events = eventsOf(failed, vmIn(State::Starting, Desired::Running), kNow);

  REQUIRE(events.size() == 2);
  CHECK(events[0].type == "vm.start-failed");
  CHECK(events[1].type == "vm.restart-scheduled");
}

TEST_CASE("a step on the way is told to nobody") {
  CHECK(eventsOf(happeningOf(LifecycleEvent::RungExpired, "daemon"), vmIn(State::Stopping, Desired::Stopped), kNow)
            .empty());
}

TEST_CASE("only what people can ask for is a wish") {
  CHECK(isAskedFor(LifecycleEvent::StartAsked));
  CHECK(isAskedFor(LifecycleEvent::DeleteAsked));
  CHECK_FALSE(isAskedFor(LifecycleEvent::RunnerExited));
}

TEST_CASE("an end is unexpected unless it was asked for or the guest powered itself off") {
  Happening failed = happeningOf(LifecycleEvent::LaunchFailed, "runner");
  failed.detail = "it cannot be run";

  CHECK_FALSE(unexpectedEnd(exitWith(0), State::Running, kNow));
  CHECK(unexpectedEnd(exitWith(1), State::Running, kNow));
  CHECK(unexpectedEnd(exitWith(0), State::Starting, kNow));
  CHECK_FALSE(unexpectedEnd(exitWith(1), State::Stopping, kNow));
  CHECK(unexpectedEnd(failed, State::Starting, kNow) ==
        ExitRecord{std::nullopt, std::nullopt, kNow, "it cannot be run"});
  CHECK_FALSE(unexpectedEnd(happeningOf(LifecycleEvent::RunnerRunning, "runner"), State::Starting, kNow));
}
