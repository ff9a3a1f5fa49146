#include "daemon/vfkit_qemu/rest/machine.hpp"

#include <fmt/core.h>

namespace microvm::vfkit_qemu {
namespace {

/// The state's name inside the framework's own messages.
std::string_view plainName(MachineState state) {
  switch (state) {
    case MachineState::Stopped:
      return "stopped";
    case MachineState::Running:
      return "running";
    case MachineState::Paused:
      return "paused";
    case MachineState::Error:
      return "error";
    case MachineState::Starting:
      return "starting";
    case MachineState::Pausing:
      return "pausing";
    case MachineState::Resuming:
      return "resuming";
    case MachineState::Stopping:
      return "stopping";
  }
  return "unknown";
}

std::string_view goalOf(Change change) {
  switch (change) {
    case Change::Pause:
      return "pausing";
    case Change::Resume:
      return "resuming";
    case Change::Stop:
      return "requesting stop";
    case Change::HardStop:
      return "stopping";
  }
  return "unknown";
}

bool canStart(MachineState state) {
  return state == MachineState::Stopped || state == MachineState::Error;
}

}  // namespace

std::string_view nameOf(MachineState state) {
  switch (state) {
    case MachineState::Stopped:
      return "VirtualMachineStateStopped";
    case MachineState::Running:
      return "VirtualMachineStateRunning";
    case MachineState::Paused:
      return "VirtualMachineStatePaused";
    case MachineState::Error:
      return "VirtualMachineStateError";
    case MachineState::Starting:
      return "VirtualMachineStateStarting";
    case MachineState::Pausing:
      return "VirtualMachineStatePausing";
    case MachineState::Resuming:
      return "VirtualMachineStateResuming";
    case MachineState::Stopping:
      return "VirtualMachineStateStopping";
  }
  return "VirtualMachineStateError";
}

bool isAllowed(Change change, MachineState state) {
  switch (change) {
    case Change::Pause:
    case Change::Stop:
      return state == MachineState::Running;
    case Change::Resume:
      return state == MachineState::Paused;
    case Change::HardStop:
      return !canStart(state);
  }
  return false;
}

std::string stateText(MachineState state) {
  return fmt::format(R"({{"canHardStop":{},"canPause":{},"canResume":{},"canStart":{},"canStop":{},"state":"{}"}})",
                     isAllowed(Change::HardStop, state), isAllowed(Change::Pause, state),
                     isAllowed(Change::Resume, state), canStart(state), isAllowed(Change::Stop, state), nameOf(state));
}

std::string refusalText(Change change, MachineState state) {
  constexpr std::string_view kFailure = "Invalid virtual machine state transition.";
  const std::string reason =
      fmt::format("Transition from state \"{}\" to state \"{}\" is invalid.", plainName(state), goalOf(change));
  return fmt::format(
      "Error Domain=VZErrorDomain Code=4 Description=\"{} {}\" UserInfo={{\n    NSLocalizedFailure = \"{}\";\n    "
      "NSLocalizedFailureReason = \"{}\";\n}}",
      kFailure, reason, kFailure, reason);
}

}  // namespace microvm::vfkit_qemu
