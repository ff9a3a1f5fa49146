#include "daemon/domain/supervision/waiting.hpp"

#include <string>

#include <fmt/format.h>

namespace microvm {
namespace {

bool hasFailedToStart(const Vm& vm) {
  return vm.state == State::Stopped && vm.desired == Desired::Running;
}

std::string namesOf(const Conditions& conditions) {
  std::string names;
  for (const VmCondition& each : conditions)
    names += (names.empty() ? "" : ", ") + each.type;
  return names;
}

}  // namespace

Result<bool> hasReached(const Vm& vm, WaitFor goal) {
  switch (goal) {
    case WaitFor::Running:
      if (hasFailedToStart(vm)) return notDoneError(vm, OperationKind::Start);
      return vm.state == State::Running;
    case WaitFor::Paused:
      return vm.state == State::Paused;
    case WaitFor::Stopped:
      return vm.state == State::Stopped;
    case WaitFor::Deleted:
      return false;
  }
  return false;
}

Result<bool> hasReached(const Vm& vm, const Conditions& conditions, const ConditionGoal& goal) {
  const auto* condition = findCondition(conditions, goal.type);
  if (condition == nullptr) {
    return Error{
        Errc::Usage,
        fmt::format("VM {} has no condition {}; it has {}", vm.definition.name, goal.type, namesOf(conditions)),
        "spec.readiness says which signs are looked for",
        {}};
  }
  if (condition->status == goal.status) return true;
  if (goal.status == ConditionStatus::True && hasFailedToStart(vm)) return notDoneError(vm, OperationKind::Start);
  return false;
}

Error lateError(const Vm& vm, Milliseconds limit) {
  return Error{Errc::Timeout,
               fmt::format("VM {} is {} after {}", vm.definition.name, toText(vm.state), formatDuration(limit)),
               {},
               {}};
}

Error lateError(const Vm& vm, const Conditions& conditions, const ConditionGoal& goal, Milliseconds limit) {
  const auto* condition = findCondition(conditions, goal.type);
  if (condition == nullptr) return lateError(vm, limit);
  return Error{Errc::Timeout,
               fmt::format("VM {}: {} is {} after {}: {}", vm.definition.name, condition->type,
                           toText(condition->status), formatDuration(limit), condition->message),
               {},
               {}};
}

Error deletedError(const Vm& vm) {
  return Error{Errc::NotFound, fmt::format("VM {} was deleted", vm.definition.name), {}, {}};
}

Error notDoneError(const Vm& vm, OperationKind kind) {
  const auto& name = vm.definition.name;
  const bool isStart = kind == OperationKind::Start || kind == OperationKind::Restart;
  return Error{
      Errc::RunnerFailed,
      fmt::format("VM {} did not {}: {}", name, isStart ? "start" : toText(kind), vm.reason),
      fmt::format("microvmctl logs --source runner {} has what the runner said, microvmctl postmortem {} the rest",
                  name, name),
      {}};
}

Error notPoweredOffError(const Vm& vm, Milliseconds timeout) {
  return Error{Errc::Timeout,
               fmt::format("the guest of VM {} did not power off in {}", vm.definition.name, formatDuration(timeout)),
               "stop it without escalate=false, or kill it",
               {}};
}

}  // namespace microvm
