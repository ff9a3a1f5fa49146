// How a stop becomes firmer: the power button, then HardStop, then SIGKILL. Pure; the supervisor does what a rung says
// and posts LifecycleEvent::RungExpired when its wait is over.
#pragma once
#include <optional>

#include "api/core/time.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

enum class Rung {
  PowerButton,  ///< ask the guest; a paused guest is resumed first, for it could not hear
  HardStop,     ///< the runner ends the guest; a lost answer is success
  Kill,         ///< SIGKILL to the runner
};

struct RungStep {
  Rung rung = Rung::PowerButton;
  std::optional<Milliseconds> wait;  ///< until the next rung; nothing: until the runner has ended
  bool operator==(const RungStep&) const = default;
};

/// From HardStop to SIGKILL.
inline constexpr Milliseconds kHardStopWait{5'000};

RungStep firstRung(const StopSettings& settings);
/// Nothing after Kill, and nothing after PowerButton when settings.escalate is false.
std::optional<RungStep> nextRung(Rung current, const StopSettings& settings);

}  // namespace microvm
