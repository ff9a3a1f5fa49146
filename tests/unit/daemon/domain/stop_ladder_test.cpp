#include "daemon/domain/stop_ladder.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("the ladder climbs from the power button to the kill") {
  const StopSettings settings{Milliseconds(7'000), true};

  CHECK(firstRung(settings, GuestActivity::Running) == RungStep{Rung::PowerButton, false, Milliseconds(7'000)});
  CHECK(nextRung(Rung::PowerButton, settings) == RungStep{Rung::HardStop, false, kHardStopWait});
  CHECK(nextRung(Rung::HardStop, settings) == RungStep{Rung::Kill, false, std::nullopt});
  CHECK(nextRung(Rung::Kill, settings) == std::nullopt);
}

TEST_CASE("a paused guest is resumed first") {
  CHECK(firstRung({}, GuestActivity::Paused) == RungStep{Rung::PowerButton, true, Milliseconds(30'000)});
}

TEST_CASE("without escalation the power button is all") {
  CHECK(nextRung(Rung::PowerButton, {Milliseconds(1'000), false}) == std::nullopt);
}

TEST_CASE("every rung has its name") {
  CHECK(toText(Rung::PowerButton) == "power-button");
  CHECK(toText(Rung::HardStop) == "hard-stop");
  CHECK(toText(Rung::Kill) == "kill");
}
