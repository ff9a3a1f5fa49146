#include "daemon/shim/console/rate_counter.hpp"

#include <doctest/doctest.h>

using namespace microvm::shim;
using Clock = RateCounter::Clock;
using Seconds = std::chrono::seconds;

namespace {

constexpr Clock::time_point kBegin = Clock::time_point() + Seconds(1000);

}  // namespace

TEST_CASE("a steady stream has its rate") {
  RateCounter rate;
  for (int second = 0; second < 20; ++second)
    rate.add(500, kBegin + Seconds(second));

  CHECK(rate.perSecond(kBegin + Seconds(20)) == 500);
}

TEST_CASE("a stream that ended has none after a while") {
  RateCounter rate;
  rate.add(7000, kBegin);

  CHECK(rate.perSecond(kBegin + Seconds(1)) == 1000);
  CHECK(rate.perSecond(kBegin + Seconds(7)) == 1000);
  CHECK(rate.perSecond(kBegin + Seconds(8)) == 0);
}

TEST_CASE("what was written long ago does not count with what is written now") {
  RateCounter rate;
  rate.add(1'000'000, kBegin);
  rate.add(70, kBegin + Seconds(100));

  CHECK(rate.perSecond(kBegin + Seconds(101)) == 10);
}
