// The clock of every limit and timeout.
#pragma once
#include <chrono>

namespace microvm {

/// The time that this machine was awake, for every limit. std::chrono::steady_clock goes on while a Mac sleeps, and a
/// limit of 30 s would be over when its lid opens.
struct AwakeClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<AwakeClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

/// The time since this machine was started, asleep or not. Only ever compared.
std::chrono::nanoseconds timeSinceBoot();

}  // namespace microvm
