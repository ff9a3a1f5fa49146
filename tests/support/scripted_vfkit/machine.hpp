// The scripted VM: its states over time and how it ends.
#pragma once
#include <functional>
#include <string>

#include "tests/support/scripted_vfkit/loop.hpp"
#include "tests/support/scripted_vfkit/script.hpp"

namespace microvm::scripted {

class Machine {
public:
  /// `onBoot` when the guest begins to run, `onEnd` with the exit code once it has stopped.
  struct Events {
    std::function<void()> onBoot;
    std::function<void(int)> onEnd;
  };

  Machine(Loop& loop, const Script& script, Events events);

  /// vfkit's name for it, without VirtualMachineState.
  [[nodiscard]] const std::string& state() const { return state_; }
  void start();
  void pause() { state_ = "Paused"; }
  void resume() { state_ = "Running"; }
  /// The power button. False when the framework would refuse.
  bool requestStop();
  /// Stopped at once; exits with 0.
  void powerCut();
  /// SIGTERM: contract 5.2.
  void terminate();

private:
  void run();
  void end(int code);

  Loop& loop_;
  const Script& script_;
  Events events_;
  std::string state_ = "Stopped";
  bool ended_ = false;
};

}  // namespace microvm::scripted
