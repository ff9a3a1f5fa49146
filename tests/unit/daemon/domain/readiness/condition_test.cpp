#include "daemon/domain/readiness/condition.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

const Timestamp kEarlier{Milliseconds(1'000)};
const Timestamp kLater{Milliseconds(2'000)};

Vm vmIn(State state, Readiness readiness = {}) {
  Vm vm;
  vm.state = state;
  vm.reason = "asked by user";
  vm.definition.readiness = std::move(readiness);
  return vm;
}

ProbeState seen() {
  return afterLook(freshProbe(), {}, {true, "said so"});
}

VmCondition condition(std::string type, ConditionStatus status, std::string reason, std::string message) {
  return VmCondition{std::move(type), status, std::move(reason), std::move(message), kEarlier};
}

}  // namespace

TEST_CASE("a VM without probes is ready as soon as it runs") {
  CHECK(conditionsOf(vmIn(State::Running), {}, kEarlier) ==
        Conditions{
            condition("Running", ConditionStatus::True, "Running", "asked by user"),
            condition("Ready", ConditionStatus::True, "Running", "the guest runs, and no further sign is looked for")});
  CHECK(conditionsOf(vmIn(State::Stopped), {}, kEarlier) ==
        Conditions{condition("Running", ConditionStatus::False, "Stopped", "asked by user"),
                   condition("Ready", ConditionStatus::False, "Stopped", "the guest does not run: asked by user")});
}

TEST_CASE("a VM with probes is ready when every sign is there") {
  const Readiness two{Probe(ConsoleSign{"login:"}), Probe(TcpSign{"127.0.0.1:22"})};
  const auto waiting = conditionsOf(vmIn(State::Running, two), {seen(), freshProbe()}, kEarlier);
  CHECK(waiting == Conditions{condition("Running", ConditionStatus::True, "Running", "asked by user"),
                              condition("Console", ConditionStatus::True, "Seen", "said so"),
                              condition("Tcp", ConditionStatus::False, "Waiting", "not seen yet"),
                              condition("Ready", ConditionStatus::False, "Waiting", "Tcp: not seen yet")});

  const auto ready = conditionsOf(vmIn(State::Running, two), {seen(), seen()}, kEarlier);
  CHECK(ready.back() == condition("Ready", ConditionStatus::True, "Seen", "every sign is there"));
}

TEST_CASE("what is not known is told after what is false") {
  const Readiness two{Probe(RunnerSign{}), Probe(VsockSign{22})};
  const auto both = conditionsOf(vmIn(State::Running, two), {adoptedProbe(), freshProbe()}, kEarlier);
  CHECK(both.back().status == ConditionStatus::False);
  CHECK(both.back().message == "Vsock: not seen yet");
  const auto unknown = conditionsOf(vmIn(State::Running, two), {adoptedProbe(), seen()}, kEarlier);
  CHECK(unknown.back().status == ConditionStatus::Unknown);
  CHECK(unknown.back().reason == "Probing");
}

TEST_CASE("a guest that is paused is not ready, whatever was seen") {
  const auto paused = conditionsOf(vmIn(State::Paused, {Probe(RunnerSign{})}), {seen()}, kEarlier);
  CHECK(findCondition(paused, "Runner")->status == ConditionStatus::True);
  CHECK(paused.back().status == ConditionStatus::False);
  CHECK(paused.back().reason == "Paused");
}

TEST_CASE("probes of a VM that does not run are false") {
  const auto stopped = conditionsOf(vmIn(State::Stopped, {Probe(RunnerSign{})}), {}, kEarlier);
  CHECK(*findCondition(stopped, "Runner") ==
        condition("Runner", ConditionStatus::False, "NotRunning", "the guest does not run"));
}

TEST_CASE("what keeps its status keeps the time since when") {
  const auto before = conditionsOf(vmIn(State::Running, {Probe(RunnerSign{})}), {freshProbe()}, kEarlier);
  const auto after = carriedOver(before, conditionsOf(vmIn(State::Running, {Probe(RunnerSign{})}), {seen()}, kLater));

  CHECK(findCondition(after, "Running")->lastTransition == kEarlier);
  CHECK(findCondition(after, "Runner")->lastTransition == kLater);
  const auto changes = changesOf(before, after);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].type == "Runner");
  CHECK(changes[1].type == "Ready");
  CHECK(changesOf({}, after).empty());
}

TEST_CASE("a condition is waited for by its name") {
  CHECK(parseConditionGoal("ready") == ConditionGoal{});
  CHECK(parseConditionGoal("condition=Ready") == ConditionGoal{"Ready", ConditionStatus::True});
  CHECK(parseConditionGoal("condition=http") == ConditionGoal{"Http", ConditionStatus::True});
  CHECK(parseConditionGoal("condition=Ready=false") == ConditionGoal{"Ready", ConditionStatus::False});
  CHECK(parseConditionGoal("condition=Tcp=Unknown") == ConditionGoal{"Tcp", ConditionStatus::Unknown});
  for (const char* text : {"", "running", "Ready=False", "condition=", "condition=Disk",
                           "condition=Ready=", "condition=Ready=maybe", "condition=Ready=True=False"}) {
    CAPTURE(text);
    CHECK_FALSE(parseConditionGoal(text));
  }
}
