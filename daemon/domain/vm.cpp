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
    case State::Paused:
      return "paused";
    case State::Stopping:
      return "stopping";
    case State::Restarting:
      return "restarting";
    case State::Broken:
      return "broken";
  }
  return "";
}

bool isAlive(State state) {
  switch (state) {
    case State::Starting:
    case State::Running:
    case State::Paused:
    case State::Stopping:
      return true;
    case State::Stopped:
    case State::Restarting:
    case State::Broken:
      return false;
  }
  return false;
}

std::optional<State> parseState(std::string_view text) {
  for (const State state : {State::Stopped, State::Starting, State::Running, State::Paused, State::Stopping,
                            State::Restarting, State::Broken}) {
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
