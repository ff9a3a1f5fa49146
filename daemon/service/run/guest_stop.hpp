// The stop of a run: climbs the stop ladder from rung to rung.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "daemon/async/task_group.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/stop_ladder.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

/// What a stop works with. All outlive it.
struct GuestStopPorts {
  net::any_io_executor executor;
  Runner& runner;
  Shims& shims;
  Milliseconds stuckLimit{2'000};  ///< a runner that says Stopped for so long and does not end is killed
};

/// The run that may be stopped.
struct GuestStopSubject {
  std::string name;  ///< of the VM, for the log
  VmPaths paths;
};

/// How far a run has come. While it is launched no rung is climbed; from GuestRan on a runner that says Stopped is one
/// that has lost its guest.
enum class RunStage { Launching, RunnerThere, GuestRan };

/// Main thread only. One task at a time, for the present rung. Its end cancels it; nothing is told after it.
class GuestStop {
public:
  struct Listener {
    /// What was done to the guest, as an event; awaited before anything else is done.
    std::function<net::awaitable<void>(std::string type, std::string detail)> note;
    std::function<void()> onExpiry;  ///< the wait of the present rung is over
  };

  GuestStop(const GuestStopPorts& ports, GuestStopSubject subject, Listener listener);
  ~GuestStop();
  GuestStop(const GuestStop&) = delete;
  GuestStop& operator=(const GuestStop&) = delete;

  /// A rung that was waiting for the launch is climbed now.
  void reach(RunStage stage);
  /// The first rung, whatever was before.
  void begin(const StopSettings& settings, Cause cause);
  /// The next one. False when there is none.
  bool escalate();
  /// The last one.
  void kill(Cause cause);
  /// Gives it up, or is told that the run is over.
  void rest();

  /// Of the last stop that was begun, and who asked for it or for the kill.
  [[nodiscard]] const StopSettings& settings() const;
  [[nodiscard]] const Cause& cause() const;
  /// Whether the guest has been asked, and nothing else.
  [[nodiscard]] bool isGraceful() const;

private:
  struct State;
  void climb(RungStep step);

  std::shared_ptr<State> state_;  // shared with its tasks, which may outlive it by the way to their next await
  TaskGroup tasks_;
};

}  // namespace microvm
