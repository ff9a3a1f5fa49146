#include "daemon/domain/stop_ladder.hpp"

namespace microvm {

RungStep firstRung(const StopSettings& settings, GuestActivity guest) {
  return {Rung::PowerButton, guest == GuestActivity::Paused, settings.timeout};
}

std::optional<RungStep> nextRung(Rung current, const StopSettings& settings) {
  switch (current) {
    case Rung::PowerButton:
      if (!settings.escalate) return std::nullopt;
      return RungStep{Rung::HardStop, false, kHardStopWait};
    case Rung::HardStop:
      return RungStep{Rung::Kill, false, std::nullopt};
    case Rung::Kill:
      break;
  }
  return std::nullopt;
}

std::string_view toText(Rung rung) {
  switch (rung) {
    case Rung::PowerButton:
      return "power-button";
    case Rung::HardStop:
      return "hard-stop";
    case Rung::Kill:
      return "kill";
  }
  return "";
}

}  // namespace microvm
