#include "daemon/domain/stop_ladder.hpp"

namespace microvm {

RungStep firstRung(const StopSettings& settings) {
  return {Rung::PowerButton, settings.timeout};
}

std::optional<RungStep> nextRung(Rung current, const StopSettings& settings) {
  switch (current) {
    case Rung::PowerButton:
      if (!settings.escalate) return std::nullopt;
      return RungStep{Rung::HardStop, kHardStopWait};
    case Rung::HardStop:
      return RungStep{Rung::Kill, std::nullopt};
    case Rung::Kill:
      break;
  }
  return std::nullopt;
}

}  // namespace microvm
