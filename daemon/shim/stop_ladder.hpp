// Stopping the runner without a daemon: Stop over its socket, after a while HardStop, in the end SIGKILL.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/shim/report.hpp"

namespace microvm::shim {

class StopLadder {
public:
  using Clock = AwakeClock;
  /// Sends a signal to the runner.
  using Signal = std::function<void(int)>;

  StopLadder(std::string runnerSocket, Milliseconds stopTimeout, Signal signal);

  /// The first rung; nothing when it was begun before. A guest that is paused goes on first, for it could not hear.
  void begin(Clock::time_point now);
  /// Reads what the runner has answered and goes on from there. Steps to the next rung when its time has come.
  void step(Clock::time_point now);
  /// For a ladder that is not begun yet.
  void setTimeout(Milliseconds stopTimeout) { stopTimeout_ = stopTimeout; }
  [[nodiscard]] bool isBegun() const { return rung_ != Rung::None; }
  /// Whether the guest was not only asked.
  [[nodiscard]] bool isHard() const { return rung_ == Rung::HardStop || rung_ == Rung::Kill; }
  /// What was done so far, in its order.
  [[nodiscard]] const std::vector<RungReport>& taken() const { return taken_; }
  /// When step() has something to do next.
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;

private:
  enum class Rung { None, Stop, HardStop, Kill };
  /// What the runner was asked on the first rung and has not answered; Again: to be asked anew.
  enum class Talk { None, State, Resume, Stop, Again };

  bool send(const std::string& request);
  bool ask(Talk what, Clock::time_point now);
  void askAgain(Clock::time_point now);
  bool hasAnswered();
  void listen(Clock::time_point now);
  void goOn(bool isAnswered, Clock::time_point now);
  void take(std::string_view rung);

  std::string runnerSocket_;
  Milliseconds stopTimeout_;
  Signal signal_;
  Rung rung_ = Rung::None;
  Talk talk_ = Talk::None;
  Clock::time_point deadline_{};
  Clock::time_point nextLook_{};
  Clock::time_point answerBy_{};
  UniqueFd request_;  // kept open so that the runner can answer
  std::string answer_;
  std::vector<RungReport> taken_;
};

}  // namespace microvm::shim
