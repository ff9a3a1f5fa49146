// The bodies of /vm/state.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

/// {"state":"VirtualMachineStateRunning", ...}. A state without a name of ours is Other; Errc::Protocol for anything
/// that has no state.
Result<RunnerState> parseRunnerState(std::string_view body);

/// {"state":"HardStop"}
std::string changeBody(RunnerChange change);

/// The change that such a body asks for, read as vfkit reads it: the member's name in any case, other members ignored.
std::optional<RunnerChange> parseChange(std::string_view body);

/// The text of {"error":"..."} in one line, or the body itself when it is something else.
std::string errorText(std::string_view body);

}  // namespace microvm
