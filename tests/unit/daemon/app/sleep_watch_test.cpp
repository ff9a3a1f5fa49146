#include "daemon/app/sleep_watch.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("a clock that went on while the other stood still tells how long the machine slept") {
  SleepMeter meter(seconds(100), seconds(160));

  CHECK(meter.look(seconds(105), seconds(165)) == std::nullopt);
  CHECK(meter.look(seconds(110), seconds(170) + hours(8)) == Milliseconds(hours(8)));
  CHECK(meter.look(seconds(115), seconds(175) + hours(8)) == std::nullopt);
}

TEST_CASE("clocks that drift apart a little are no sleep, however often they are looked at") {
  SleepMeter meter(seconds(0), seconds(0));

  for (int tick = 1; tick <= 100; ++tick) {
    const auto awake = tick * seconds(5);
    CHECK(meter.look(awake, awake + tick * std::chrono::milliseconds(40)) == std::nullopt);
  }
}

TEST_CASE("the clocks of this machine go forward, and time since boot is never behind the time awake") {
  const auto first = AwakeClock::now();
  const auto sinceBoot = timeSinceBoot();

  CHECK(AwakeClock::now() >= first);
  CHECK(sinceBoot >= first.time_since_epoch());
}
