// The machine as the REST server sees it. Who serves it implements this port.
#pragma once
#include <string>
#include <string_view>

#include "daemon/async/task.hpp"

namespace microvm::vfkit_qemu {

enum class MachineState { Stopped, Running, Paused, Error, Starting, Pausing, Resuming, Stopping };

enum class Change { Pause, Resume, Stop, HardStop };

class Machine {
public:
  virtual ~Machine() = default;

  [[nodiscard]] virtual MachineState state() const = 0;
  /// The body of GET /vm/inspect.
  [[nodiscard]] virtual std::string inspect() const = 0;
  /// Called only when isAllowed() says so. Pause and Resume end when it is done, Stop when the power button is pressed,
  /// HardStop never: the process is gone. An Error's detail goes to the client.
  virtual Task<void> change(Change change) = 0;
};

/// "VirtualMachineStateRunning" ...
std::string_view nameOf(MachineState state);

/// What Virtualization.framework allows in which state; a stopped machine could be started, by nobody here.
bool isAllowed(Change change, MachineState state);

/// The body of GET /vm/state.
std::string stateText(MachineState state);

/// What Virtualization.framework says to a change that the state does not allow.
std::string refusalText(Change change, MachineState state);

}  // namespace microvm::vfkit_qemu
