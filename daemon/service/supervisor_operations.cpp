// Operations: which request begins one, joins one, or has to wait; and when one is over. The restart policy. Changes of
// the definition.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/domain/supervision/happening.hpp"
#include "daemon/domain/supervision/restart_policy.hpp"
#include "daemon/domain/supervision/waiting.hpp"
#include "daemon/service/records/vm_files.hpp"
#include "daemon/service/supervisor.hpp"
#include "daemon/wire/definition_diff.hpp"

namespace microvm {

bool Supervisor::isAdmitted(const Mail& mail) {
  const auto asked = operationOf(mail.event);
  if (!asked || !operation_ || mail.operation) return true;
  switch (arbitrate(*operation_, *asked, mail.stop)) {
    case Arbitration::Join:
      reply(mail, view());
      return false;
    case Arbitration::Busy:
      reply(mail, busyError(*operation_, *asked));
      return false;
    case Arbitration::Overtake:
      return true;
  }
  return true;
}

/// Whatever somebody asks for comes in the place of the start with the host.
bool Supervisor::isHeldBack(const Mail& mail) {
  const bool isHosts = mail.event == LifecycleEvent::StartAsked && mail.cause.kind == kAutostart;
  const bool isAutomatic = isHosts || mail.event == LifecycleEvent::RestartDue;
  if (isAutomatic && holdsStarts_) {
    reply(mail, Error{Errc::Cancelled, "the daemon is shutting down", {}, {}});
    return true;
  }
  if (isHosts && !isDue_) {
    reply(mail, view());
    return true;
  }
  if (wishedState(mail.event)) {
    isDue_ = false;
    lateStop_.reset();
  }
  return false;
}

/// What is so already may still be wished otherwise for the next boot of the host.
net::awaitable<void> Supervisor::keepWish(Mail mail) {
  Vm next = vm_;
  next.desired = vmAfter(mail, vm_, std::nullopt, now()).desired;
  if (next.desired != vm_.desired) {
    std::vector<VmEvent> none;
    auto kept = co_await ports_.store.update(next, std::move(none));
    if (!kept) {
      reply(mail, std::move(kept).error());
      co_return;
    }
    vm_ = std::move(next);
    snapshot_.reset();
  }
  reply(mail, view());
}

/// What was begun and has ended at once is told all the same.
VmView Supervisor::answerTo(const Mail& mail, const std::string& begun) const {
  VmView answer = view();
  if (!mail.isWish || answer.operation || begun.empty()) return answer;
  if (const auto ended = operations_.find(begun)) answer.operation = *ended;
  return answer;
}

Task<void> Supervisor::beginOperation(Mail mail) {
  const auto kind = operationOf(mail.event);
  if (!kind || !mail.isWish) co_return Result<void>();
  if (mail.operation) {
    operation_ = std::move(*mail.operation);
    snapshot_.reset();
    co_return Result<void>();
  }
  if (operation_) {
    Error overtaken{
        Errc::Cancelled, fmt::format("overtaken by {}, asked by {}", toText(*kind), mail.cause.kind), {}, {}};
    co_await finishOperation(OperationState::Cancelled, std::move(overtaken));
  }
  const bool stops = *kind == OperationKind::Stop || *kind == OperationKind::Restart;
  if (!stops) mail.stop.reset();
  auto begun = co_await operations_.begin(*kind, vm_, std::move(mail.cause), mail.stop);
  if (!begun) co_return std::move(begun).error();
  operation_ = std::move(*begun);
  snapshot_.reset();
  co_return Result<void>();
}

net::awaitable<void> Supervisor::settleOperation(Mail mail, State before) {
  if (!operation_) co_return;
  const auto outcome = outcomeOf(operation_->kind, mail.event, before, vm_.state);
  if (!outcome) co_return;
  std::optional<Error> error;
  if (*outcome != OperationState::Succeeded) error = failureOf(mail);
  const auto state = mail.cancels ? OperationState::Cancelled : *outcome;
  co_await finishOperation(state, std::move(error));
}

net::awaitable<void> Supervisor::finishOperation(OperationState state, std::optional<Error> error) {
  if (!operation_) co_return;
  const std::string id = operation_->id;
  operation_.reset();
  snapshot_.reset();
  co_await operations_.finish(id, state, std::move(error));
}

Error Supervisor::failureOf(const Mail& mail) const {
  if (mail.cancels) return Error{Errc::Cancelled, vm_.reason, {}, {}};
  if (mail.event == LifecycleEvent::StopGivenUp) return notPoweredOffError(vm_, stopTimeout());
  if (mail.event != LifecycleEvent::ChangeFailed) return notDoneError(vm_, operation_->kind);
  return Error{Errc::RunnerFailed,
               fmt::format("VM {} could not {}: {}", vm_.definition.name, toText(operation_->kind), mail.detail),
               {},
               {}};
}

/// An end that is answered with another start is another event: the table knows both.
void Supervisor::considerRestart(Mail& mail) const {
  const bool isEnd = mail.event == LifecycleEvent::RunnerExited || mail.event == LifecycleEvent::LaunchFailed;
  if (!isEnd || !isAlive(vm_.state)) return;
  if (mail.exit && mail.exit->isHostStop && vm_.state != State::Stopping) return;  // it comes back with the host
  const bool isClean = mail.exit && isCleanEnd(*mail.exit);
  if (lateStop_ && isClean && vm_.state != State::Stopping) {
    mail.cause = *lateStop_;  // its guest obeys, though late
    return;
  }
  if (vm_.state == State::Stopping) {
    const bool isAsked = operation_ && operation_->kind == OperationKind::Restart;
    if (!isAsked || mail.event == LifecycleEvent::LaunchFailed) return;
    // However the guest ended: a VM whose sign is gone has failed.
    if (operation_->cause.kind == kReadinessCause) return applyPolicy(mail, ExitRecord{});
    mail.event = LifecycleEvent::RestartScheduled;
    mail.restarts = RestartHistory{{}, now()};
    mail.verdict = "it is started again at once, as asked";
    return;
  }
  // A start that somebody asked for and that cannot be is told, not repeated.
  if (mail.event == LifecycleEvent::LaunchFailed && !isRestart_) return;
  applyPolicy(mail, mail.exit.value_or(ExitRecord{}));
}

void Supervisor::applyPolicy(Mail& mail, const ExitRecord& exit) const {
  const auto decision = decideRestart(vm_.definition.restart, vm_.restarts, exit, now());
  mail.verdict = decision.verdict;
  if (vm_.definition.restart.policy != RestartPolicy::No) mail.restarts = decision.history;
  if (decision.history.nextAt) mail.event = LifecycleEvent::RestartScheduled;
}

Task<VmView> Supervisor::cancel(std::string operationId, Cause cause) {
  const auto self = shared_from_this();
  if (!operation_ || operation_->id != operationId) {
    co_return Error{Errc::WrongState, fmt::format("the operation {} has ended", operationId), {}, {}};
  }
  const auto kind = operation_->kind;
  const bool waitsForGuest = vm_.state == State::Stopping && ladder().isGraceful();
  if (kind == OperationKind::Start) {
    co_return co_await ask(LifecycleEvent::KillAsked, std::move(cause));
  }
  if (kind == OperationKind::Restart && vm_.state == State::Restarting) {
    co_return co_await ask(LifecycleEvent::StopAsked, std::move(cause));
  }
  if ((kind == OperationKind::Stop || kind == OperationKind::Restart) && waitsForGuest) {
    Mail mail;
    mail.cancels = true;
    mail.event = LifecycleEvent::StopGivenUp;
    mail.run = runNumber_;
    mail.detail =
        fmt::format("the {} was cancelled by {}; the guest may power off all the same", toText(kind), cause.kind);
    mail.cause = std::move(cause);
    co_return co_await deliver(std::move(mail));
  }
  co_return Error{Errc::WrongState,
                  fmt::format("the operation {} ({}) has come too far to be cancelled", operationId, toText(kind)),
                  "wait for its end: microvmctl op wait " + operationId,
                  {}};
}

Task<VmView> Supervisor::redefine(Definition definition, std::uint64_t generation, Cause cause) {
  Mail mail;
  mail.definition = std::move(definition);
  mail.generation = generation;
  mail.cause = std::move(cause);
  co_return co_await deliver(std::move(mail));
}

std::optional<Error> Supervisor::objectionTo(const Mail& mail) const {
  const auto& name = vm_.definition.name;
  if (vm_.state == State::Broken) {
    return Error{Errc::WrongState, fmt::format("VM {} is broken: {}", name, vm_.reason), "delete it", {}};
  }
  if (vm_.generation != mail.generation) return overtakenError();
  return std::nullopt;
}

/// Looked at here, where no change of the definition can come between the look and what is begun.
bool Supervisor::isOfAnother(const Mail& mail) const {
  return mail.only && std::find(mail.only->begin(), mail.only->end(), vm_.generation) == mail.only->end();
}

Error Supervisor::overtakenError() const {
  return Error{Errc::PreconditionFailed,
               fmt::format("the definition of VM {} has generation {} by now, and the request was for another",
                           vm_.definition.name, vm_.generation),
               "look at it anew, then ask for that",
               {}};
}

net::awaitable<void> Supervisor::takeDefinition(Mail mail) {
  if (auto objection = objectionTo(mail)) {
    reply(mail, std::move(*objection));
    co_return;
  }
  if (*mail.definition == vm_.definition) {
    reply(mail, view());
    co_return;
  }
  Vm next = vm_;
  if (isAlive(vm_.state) && !next.launched) next.launched = vm_.definition;
  next.definition = std::move(*mail.definition);
  if (next.launched && membersPending(*next.launched, next.definition).empty()) next.launched.reset();
  next.generation += 1;
  next.updatedAt = now();
  std::vector<VmEvent> events;
  events.push_back(newEvent("vm.changed", mail.cause, changeText(vm_.definition, next.definition)));
  auto kept = co_await keepDefinition(next, std::move(events));
  if (!kept) {
    reply(mail, std::move(kept).error());
    co_return;
  }
  logInfo(mail.cause, "changed vm={} generation={} cause={}", next.definition.name, next.generation, mail.cause.kind);
  const bool isWatchedAnew = vm_.definition.readiness != next.definition.readiness;
  vm_ = std::move(next);
  if (isWatchedAnew) readiness_.reset();
  tendShim();
  tendReadiness(Acquaintance::Fresh);
  refreshConditions(mail.cause);
  snapshot_.reset();
  reply(mail, view());
  changed_.notifyAll();
  if (ports_.onChange) ports_.onChange();
}

Task<void> Supervisor::keepDefinition(Vm next, std::vector<VmEvent> events) {
  auto job = [paths = paths_, next] { return writeVmRecord(paths, next); };
  auto written = co_await ports_.files.run(std::move(job));
  if (!written) co_return std::move(written).error();
  const Cause cause = events.front().cause;
  auto updated = co_await ports_.store.update(std::move(next), std::move(events));
  if (updated) co_return Result<void>();
  auto undo = [paths = paths_, vm = vm_] { return writeVmRecord(paths, vm); };
  auto undone = co_await ports_.files.run(std::move(undo));
  if (!undone)
    logWarn(cause, "the record has a definition that is not kept vm={} error={}", vm_.id, undone.error().detail);
  co_return std::move(updated).error();
}

}  // namespace microvm
