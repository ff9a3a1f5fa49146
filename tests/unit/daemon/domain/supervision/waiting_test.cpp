#include "daemon/domain/supervision/waiting.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

Vm vmIn(State state, Desired desired = Desired::Stopped) {
  Vm vm;
  vm.definition.name = "web";
  vm.state = state;
  vm.desired = desired;
  vm.reason = "vfkit exited with code 1";
  return vm;
}

Conditions readyIs(ConditionStatus status) {
  VmCondition ready;
  ready.type = "Ready";
  ready.status = status;
  ready.message = "the guest does not run";
  return {ready};
}

}  // namespace

TEST_CASE("a state is reached once the VM is in it") {
  CHECK(*hasReached(vmIn(State::Running), WaitFor::Running));
  CHECK_FALSE(*hasReached(vmIn(State::Starting), WaitFor::Running));
  CHECK(*hasReached(vmIn(State::Paused), WaitFor::Paused));
  CHECK(*hasReached(vmIn(State::Stopped), WaitFor::Stopped));
  CHECK_FALSE(*hasReached(vmIn(State::Stopped), WaitFor::Deleted));
}

TEST_CASE("whoever waits for a VM to run hears at once that its start failed") {
  const auto failed = hasReached(vmIn(State::Stopped, Desired::Running), WaitFor::Running);

  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::RunnerFailed);
  CHECK(failed.error().detail == "VM web did not start: vfkit exited with code 1");
  CHECK(failed.error().hint ==
        "microvmctl logs --source runner web has what the runner said, microvmctl postmortem web the rest");
}

TEST_CASE("a condition is reached once it is what was wished") {
  const Vm vm = vmIn(State::Running);

  CHECK(*hasReached(vm, readyIs(ConditionStatus::True), {}));
  CHECK_FALSE(*hasReached(vm, readyIs(ConditionStatus::False), {}));
  CHECK(*hasReached(vm, readyIs(ConditionStatus::False), {"Ready", ConditionStatus::False}));
}

TEST_CASE("a failed start ends the wait for what only a running guest has") {
  const Vm vm = vmIn(State::Stopped, Desired::Running);

  CHECK_FALSE(hasReached(vm, readyIs(ConditionStatus::False), {}));
  CHECK_FALSE(*hasReached(vm, readyIs(ConditionStatus::True), {"Ready", ConditionStatus::False}));
}

TEST_CASE("a condition that a VM does not have is refused with those that it has") {
  const auto refused =
      hasReached(vmIn(State::Running), readyIs(ConditionStatus::True), {"Http", ConditionStatus::True});

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Usage);
  CHECK(refused.error().detail == "VM web has no condition Http; it has Ready");
}

TEST_CASE("who has waited too long hears how it is") {
  const Vm vm = vmIn(State::Starting);

  CHECK(lateError(vm, Milliseconds(5'000)).detail == "VM web is starting after 5s");
  CHECK(lateError(vm, readyIs(ConditionStatus::False), {}, Milliseconds(5'000)).detail ==
        "VM web: Ready is False after 5s: the guest does not run");
}
