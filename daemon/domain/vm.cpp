#include "daemon/domain/vm.hpp"

#include <string_view>

namespace microvm {

std::string_view toText(State state) {
  switch (state) {
    case State::Stopped:
      return "stopped";
    case State::Starting:
      return "starting";
    case State::Running:
      return "running";
    case State::Stopping:
      return "stopping";
    case State::Broken:
      return "broken";
  }
  return "";
}

std::optional<State> parseState(std::string_view text) {
  for (const State state : {State::Stopped, State::Starting, State::Running, State::Stopping, State::Broken}) {
    if (toText(state) == text) return state;
  }
  return std::nullopt;
}

std::string_view toText(Desired desired) {
  switch (desired) {
    case Desired::Stopped:
      return "stopped";
    case Desired::Running:
      return "running";
  }
  return "";
}

std::optional<Desired> parseDesired(std::string_view text) {
  for (const Desired desired : {Desired::Stopped, Desired::Running}) {
    if (toText(desired) == text) return desired;
  }
  return std::nullopt;
}

}  // namespace microvm
