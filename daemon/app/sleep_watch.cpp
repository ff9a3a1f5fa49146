#include "daemon/app/sleep_watch.hpp"

#include <utility>

#include "api/core/logging.hpp"
#include "daemon/async/timing.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kTick{600'000};  // of being awake; a daemon at rest is to stay so
// The two clocks are read one after the other, and are steered a little differently.
constexpr Milliseconds kNoise{1'000};

std::chrono::nanoseconds awake() {
  return AwakeClock::now().time_since_epoch();
}

}  // namespace

std::optional<Milliseconds> SleepMeter::look(std::chrono::nanoseconds awake, std::chrono::nanoseconds sinceBoot) {
  const auto before = std::exchange(asleep_, sinceBoot - awake);
  const auto slept = std::chrono::duration_cast<Milliseconds>(asleep_ - before);
  if (slept < kNoise) return std::nullopt;
  return slept;
}

boost::asio::awaitable<void> watchSleep() {
  SleepMeter meter(awake(), timeSinceBoot());
  while (true) {
    const auto waited = co_await pause(kTick);
    if (!waited) co_return;
    if (const auto slept = meter.look(awake(), timeSinceBoot())) {
      logInfo("this machine has slept; the clocks of guests may be behind seconds={}", slept->count() / 1000);
    }
  }
}

}  // namespace microvm
