// Stopping the runner without a daemon: Stop over its socket, after a while HardStop, in the end SIGKILL.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/awake_clock.hpp"

namespace microvm::shim {

class StopLadder {
public:
  using Clock = AwakeClock;
  /// Sends a signal to the runner.
  using Signal = std::function<void(int)>;

  StopLadder(std::string runnerSocket, Milliseconds stopTimeout, Signal signal);

  /// The first rung; nothing when it was begun before.
  void begin(Clock::time_point now);
  /// Steps to the next rung when its time has come.
  void step(Clock::time_point now);
  [[nodiscard]] bool isBegun() const { return rung_ != Rung::None; }
  /// When step() has something to do next.
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;

private:
  enum class Rung { None, Stop, HardStop, Kill };
  bool ask(const std::string& state);

  std::string runnerSocket_;
  Milliseconds stopTimeout_;
  Signal signal_;
  Rung rung_ = Rung::None;
  Clock::time_point deadline_{};
  UniqueFd request_;  // kept open so that the runner can answer; the answer does not matter
};

}  // namespace microvm::shim
