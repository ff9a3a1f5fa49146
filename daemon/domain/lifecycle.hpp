// The life of a VM as one table: what happens in which state, and what is to be done then. Pure: the supervisor decides
// here, persists the new state, then acts; whatever an effect brings comes back as a further event.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "api/core/error.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

enum class LifecycleEvent {
  StartAsked,
  StopAsked,
  KillAsked,
  PauseAsked,
  ResumeAsked,
  RestartAsked,
  DeleteAsked,
  LaunchFailed,      ///< no runner came into being
  StartOverdue,      ///< the runner does not say in time that the guest runs
  RunnerRunning,     ///< the runner says that the guest runs
  RunnerPaused,      ///< the runner says that the guest is paused
  ChangeFailed,      ///< the runner did not pause or resume the guest
  RunnerExited,      ///< the runner has ended for good; also: none was found at the daemon's start
  RestartScheduled,  ///< the runner has ended, or did not come into being, and is to be started again
  RestartDue,        ///< the wait before that start is over
  Adopted,           ///< at the daemon's start a runner of this VM was found alive
  RungExpired,       ///< the wait of the stop ladder's current rung is over
  StopGivenUp,       ///< the ladder has no further rung (stop.escalate is false)
};
inline constexpr std::size_t kLifecycleEvents = 18;

enum class Effect {
  None,          ///< nothing beyond the change of state
  Join,          ///< asked for what is so already, or under way: success, and nothing changes
  Ignore,        ///< too late or without meaning in this state: dropped
  Refuse,        ///< an error to the asker, see `refusal`; nothing changes
  Launch,        ///< start a runner
  Pause,         ///< ask the runner to pause the guest
  Resume,        ///< ask the runner to let the guest go on
  Watch,         ///< watch the runner that was found: its end, and when it runs
  WatchAndStop,  ///< the same, and begin the stop ladder anew
  BeginStop,     ///< first rung of the stop ladder; a launch under way is awaited or abandoned first
  EscalateStop,  ///< next rung; StopGivenUp when there is none
  Kill,          ///< SIGKILL now; ends the ladder
  RecordExit,    ///< keep how it ended; every timer and watcher of this run ends
  AwaitRestart,  ///< the same, and wait for the time of the next start
  Remove,        ///< forget the VM and remove its folder
};

/// Why an event is refused.
enum class Refusal { None, Stopping, NotStopped, NotRunning, Paused, Broken };

struct Transition {
  std::optional<State> next;  ///< nothing: the state stays
  Effect effect = Effect::None;
  Refusal refusal = Refusal::None;
  bool operator==(const Transition&) const = default;
};

struct LifecycleRule {
  State state;
  LifecycleEvent event;
  Transition transition;
};

/// What `event` means in `state`. Every cell is defined.
Transition decide(State state, LifecycleEvent event);

/// The whole table, by state and then by event, in the order of their declaration.
std::span<const LifecycleRule> lifecycleTable();

/// The error for the asker of a refused event: Errc::WrongState with what is wrong and the way out.
Error refusalError(Refusal refusal, const Vm& vm, LifecycleEvent event);

/// "start-asked", "begin-stop", "not-stopped": as the documentation and the logs write them.
std::string_view toText(LifecycleEvent event);
std::string_view toText(Effect effect);
std::string_view toText(Refusal refusal);

}  // namespace microvm
