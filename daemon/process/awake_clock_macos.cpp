// After clock_gettime_nsec_np(3): "uptime" is mach_absolute_time, which stands still during sleep; "monotonic" is
// mach_continuous_time, which does not. Not run on a Mac, only compiled.
#include <cstdint>
#include <ctime>

#include "daemon/process/awake_clock.hpp"

namespace microvm {
namespace {

std::chrono::nanoseconds read(clockid_t clock) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(::clock_gettime_nsec_np(clock)));
}

}  // namespace

AwakeClock::time_point AwakeClock::now() noexcept {
  return time_point(read(CLOCK_UPTIME_RAW));
}

std::chrono::nanoseconds timeSinceBoot() {
  return read(CLOCK_MONOTONIC_RAW);
}

}  // namespace microvm
