// What happens to a VM: what it makes of the VM's record, and which events tell of it. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/lifecycle.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

/// The cause of a stop that nobody wished for: the host ends. Whoever was to run is still to run, on the next boot.
inline constexpr const char* kHostShutdown = "host-shutdown";

/// The cause of a start that comes with the boot of the host.
inline constexpr const char* kAutostart = "autostart";

/// The cause of what probes have found.
inline constexpr const char* kReadinessCause = "readiness";

struct Happening {
  LifecycleEvent event = LifecycleEvent::RunnerExited;
  Cause cause;
  std::string detail;                      ///< one sentence for the event and the state's reason
  std::optional<ExitRecord> exit;          ///< RunnerExited
  std::optional<RestartHistory> restarts;  ///< what the restart policy decided
  std::string verdict;                     ///< and in words
  bool isWish = false;                     ///< somebody asks for it, and hears what comes of it
};

/// Whether it is something to ask for: StartAsked, DeleteAsked ...
bool isAskedFor(LifecycleEvent event);

/// What somebody who asks for it wants the VM to be from then on.
std::optional<Desired> wishedState(LifecycleEvent event);

/// The VM once it has happened and the lifecycle table has said which state is next; nothing: the state stays.
Vm vmAfter(const Happening& happening, Vm vm, std::optional<State> next, Timestamp at);

/// Of an end that nobody asked for, whatever the restart policy makes of it: how. A start that came to nothing is one;
/// a guest that powers itself off is none.
std::optional<ExitRecord> unexpectedEnd(const Happening& happening, State before, Timestamp at);

/// Of this VM as it is.
VmEvent eventOf(const Vm& vm, std::string type, Cause cause, std::string detail, Timestamp at);

/// What is told of it, of the VM before it; nothing of what is but a step on the way.
std::vector<VmEvent> eventsOf(const Happening& happening, const Vm& vm, Timestamp at);

}  // namespace microvm
