// Notices that the machine has slept. Limits stand still meanwhile (AwakeClock); guests fall behind, and whoever reads
// the log should know why.
#pragma once
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "api/core/time.hpp"
#include "daemon/process/awake_clock.hpp"

namespace microvm {

/// Compares the two clocks, of which one goes on during sleep. It needs no word from the system, and notices the short
/// wake-ups in the dark too, which are not announced.
class SleepMeter {
public:
  SleepMeter(std::chrono::nanoseconds awake, std::chrono::nanoseconds sinceBoot) : asleep_(sinceBoot - awake) {}
  /// How long the machine has slept since the last look, when it has.
  std::optional<Milliseconds> look(std::chrono::nanoseconds awake, std::chrono::nanoseconds sinceBoot);

private:
  std::chrono::nanoseconds asleep_;
};

/// Logs every sleep, within ten minutes of its end. Runs until it is cancelled.
boost::asio::awaitable<void> watchSleep();

}  // namespace microvm
