// What somebody waits for a VM to become: whether it has, and why it will not. Pure.
#pragma once
#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/domain/readiness/condition.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

/// What a caller may ask to wait for.
enum class WaitFor { Running, Paused, Stopped, Deleted };

/// Whether a VM that is not deleted has come there. Errc::RunnerFailed for Running as soon as the start failed.
Result<bool> hasReached(const Vm& vm, WaitFor goal);
/// The same for one of its conditions. Errc::Usage when it has none of this type.
Result<bool> hasReached(const Vm& vm, const Conditions& conditions, const ConditionGoal& goal);

/// Errc::Timeout for who has waited as long as this.
Error lateError(const Vm& vm, Milliseconds limit);
Error lateError(const Vm& vm, const Conditions& conditions, const ConditionGoal& goal, Milliseconds limit);

/// Errc::NotFound for whoever waits for anything else.
Error deletedError(const Vm& vm);
/// Errc::RunnerFailed: where it is now is not where this was to bring it.
Error notDoneError(const Vm& vm, OperationKind kind);
/// Errc::Timeout for a stop that was not to escalate.
Error notPoweredOffError(const Vm& vm, Milliseconds timeout);

}  // namespace microvm
