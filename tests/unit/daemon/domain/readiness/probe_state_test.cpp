#include "daemon/domain/readiness/probe_state.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

const Look kGood{true, "seen"};
const Look kBad{false, "refused"};

ProbeTiming timing(unsigned failures, unsigned successes) {
  ProbeTiming wanted;
  wanted.failureThreshold = failures;
  wanted.successThreshold = successes;
  return wanted;
}

ProbeState after(ProbeState state, const ProbeTiming& wanted, std::initializer_list<Look> looks) {
  for (const Look& look : looks)
    state = afterLook(std::move(state), wanted, look);
  return state;
}

}  // namespace

TEST_CASE("a fresh probe waits, however often it looks in vain, and says what it found last") {
  const auto state = after(freshProbe(), timing(2, 1), {kBad, kBad, kBad, kBad});

  CHECK(state.status == ConditionStatus::False);
  CHECK(state.reason == "Waiting");
  CHECK(state.message == "refused");
  CHECK_FALSE(isFailureDue(state, timing(2, 1)));
}

TEST_CASE("a sign is there after as many good looks in a row as are wanted") {
  CHECK(after(freshProbe(), timing(3, 2), {kGood}).status == ConditionStatus::False);
  CHECK(after(freshProbe(), timing(3, 2), {kGood, kBad, kGood}).status == ConditionStatus::False);
  const auto state = after(freshProbe(), timing(3, 2), {kGood, kGood});

  CHECK(state.status == ConditionStatus::True);
  CHECK(state.reason == "Seen");
}

TEST_CASE("a sign is gone after as many bad looks in a row as are wanted") {
  const auto wanted = timing(3, 1);
  CHECK(after(freshProbe(), wanted, {kGood, kBad, kBad}).status == ConditionStatus::True);
  CHECK(after(freshProbe(), wanted, {kGood, kBad, kBad, kGood, kBad}).status == ConditionStatus::True);
  const auto state = after(freshProbe(), wanted, {kGood, kBad, kBad, kBad});

  CHECK(state.status == ConditionStatus::False);
  CHECK(state.reason == "Failing");
  CHECK(after(state, wanted, {kGood}).status == ConditionStatus::True);
}

TEST_CASE("what was found running is not known until it is seen, or often enough not seen") {
  const auto wanted = timing(2, 1);
  CHECK(adoptedProbe().status == ConditionStatus::Unknown);
  CHECK(after(adoptedProbe(), wanted, {kBad}).status == ConditionStatus::Unknown);
  CHECK(after(adoptedProbe(), wanted, {kBad, kBad}).status == ConditionStatus::False);
  CHECK(after(adoptedProbe(), wanted, {kGood}).status == ConditionStatus::True);
}

TEST_CASE("a failure is due when the sign is gone, and again after as many looks more") {
  const auto wanted = timing(2, 1);
  ProbeState state = after(freshProbe(), wanted, {kGood, kBad});
  CHECK_FALSE(isFailureDue(state, wanted));
  state = afterLook(state, wanted, kBad);
  CHECK(isFailureDue(state, wanted));
  state = afterLook(state, wanted, kBad);
  CHECK_FALSE(isFailureDue(state, wanted));
  state = afterLook(state, wanted, kBad);
  CHECK(isFailureDue(state, wanted));
  CHECK_FALSE(isFailureDue(afterLook(state, wanted, kGood), wanted));
}

TEST_CASE("a sign that has yet to come is looked for soon, one that has come at its interval") {
  ProbeTiming wanted;
  wanted.interval = Milliseconds(1'000);
  ProbeState state = freshProbe();
  std::vector<long> waits;
  for (int i = 0; i < 6; ++i) {
    waits.push_back(untilNextLook(state, wanted).count());
    state = afterLook(state, wanted, kBad);
  }

  CHECK(waits == std::vector<long>{100, 200, 400, 800, 1000, 1000});
  for (int i = 0; i < 100; ++i)
    state = afterLook(state, wanted, kBad);
  CHECK(untilNextLook(state, wanted) == wanted.interval);
  CHECK(untilNextLook(afterLook(state, wanted, kGood), wanted) == wanted.interval);
  CHECK(untilNextLook(adoptedProbe(), wanted) == wanted.interval);
}
