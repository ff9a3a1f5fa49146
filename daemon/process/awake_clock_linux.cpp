#include <ctime>

#include "daemon/process/awake_clock.hpp"

namespace microvm {
namespace {

std::chrono::nanoseconds read(clockid_t clock) {
  timespec value{};
  ::clock_gettime(clock, &value);
  return std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec);
}

}  // namespace

AwakeClock::time_point AwakeClock::now() noexcept {
  return time_point(read(CLOCK_MONOTONIC));
}

std::chrono::nanoseconds timeSinceBoot() {
  return read(CLOCK_BOOTTIME);
}

}  // namespace microvm
