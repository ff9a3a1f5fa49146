#include "daemon/domain/vm.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("every state is read back from its text") {
  for (const State state : {State::Stopped, State::Starting, State::Running, State::Stopping, State::Broken}) {
    CHECK(parseState(toText(state)) == state);
  }
}

TEST_CASE("every desired state is read back from its text") {
  for (const Desired desired : {Desired::Stopped, Desired::Running})
    CHECK(parseDesired(toText(desired)) == desired);
}

TEST_CASE("other text is no state") {
  CHECK_FALSE(parseState("Running").has_value());
  CHECK_FALSE(parseState("").has_value());
  CHECK_FALSE(parseDesired("starting").has_value());
}
