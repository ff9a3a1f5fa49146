#include "daemon/domain/stop_ladder.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("the ladder climbs from the power button to the kill") {
  const StopSettings settings{Milliseconds(7'000), true};

  CHECK(firstRung(settings) == RungStep{Rung::PowerButton, Milliseconds(7'000)});
  CHECK(nextRung(Rung::PowerButton, settings) == RungStep{Rung::HardStop, kHardStopWait});
  CHECK(nextRung(Rung::HardStop, settings) == RungStep{Rung::Kill, std::nullopt});
  CHECK(nextRung(Rung::Kill, settings) == std::nullopt);
}

TEST_CASE("without escalation the power button is all") {
  CHECK(nextRung(Rung::PowerButton, {Milliseconds(1'000), false}) == std::nullopt);
}
