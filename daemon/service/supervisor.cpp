#include "daemon/service/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/domain/supervision/restart_policy.hpp"
#include "daemon/domain/supervision/waiting.hpp"
#include "daemon/service/records/vm_files.hpp"

namespace microvm {
namespace {

/// Before anything was seen of it: of a VM that may run nothing is known.
Conditions firstConditionsOf(const Vm& vm) {
  const std::vector<ProbeState> probes(vm.definition.readiness.size(),
                                       isAlive(vm.state) ? adoptedProbe() : idleProbe());
  return conditionsOf(vm, probes, vm.stateSince);
}

}  // namespace

/// Where an asker waits for the outcome of its mail.
struct Supervisor::Answer {
  explicit Answer(const net::any_io_executor& executor) : given(executor) {}
  Condition given;
  std::optional<Result<VmView>> result;
};

Supervisor::Supervisor(Vm vm, VmPaths paths, const SupervisorPorts& ports, Operations& operations,
                       SupervisorSettings settings)
    : snapshot_{{.vm = std::move(vm)}, {}, {}},
      paths_(std::move(paths)),
      ports_(ports),
      operations_(operations),
      settings_(settings),
      mailbox_(ports.executor),
      changed_(ports.executor),
      tasks_(ports.executor) {
  if (!vm_.definition.readiness.empty()) conditions_ = firstConditionsOf(vm_);
}

void Supervisor::begin() {
  tasks_.spawn("supervisor " + vm_.definition.name, loop());
}

void Supervisor::shutDown() {
  ++runNumber_;  // a launch that the pool is at comes back all the same: to no run
  stop_.reset();
  run_.reset();
  consoleWatch_.reset();
  readiness_.reset();
  boxes_.reset();
  tasks_.cancel();
}

Task<VmView> Supervisor::ask(LifecycleEvent event, Asker asker, StopRequest stop) {
  StopSettings settings = vm_.definition.stop;
  settings.timeout = stop.timeout.value_or(settings.timeout);
  settings.escalate = stop.escalate.value_or(settings.escalate);
  Mail mail;
  mail.event = event;
  mail.cause = std::move(asker.cause);
  mail.only = std::move(asker.only);
  mail.detail = "asked by " + mail.cause.kind;
  mail.stop = settings;
  co_return co_await deliver(std::move(mail));
}

/// Who has waited for something else first may find nobody left to read it.
Task<VmView> Supervisor::deliver(Mail mail) {
  if (isOver_) co_return overError();
  const auto self = shared_from_this();
  const auto answer = std::make_shared<Answer>(ports_.executor);
  mail.answer = answer;
  mail.isWish = isAskedFor(mail.event);
  mailbox_.post(std::move(mail));
  while (!answer->result) {
    auto waited = co_await answer->given.wait();
    if (!waited) co_return std::move(waited).error();
  }
  co_return std::move(*answer->result);
}

Task<VmView> Supervisor::wait(WaitFor goal, Milliseconds limit) {
  Look look = [this, goal, givenUpBefore = stopsGivenUp_]() -> Result<bool> {
    if (removed_ && goal == WaitFor::Deleted) return true;
    if (removed_) return deletedError(vm_);
    const bool isGivenUp = goal == WaitFor::Stopped && stopsGivenUp_ != givenUpBefore;
    if (isGivenUp && vm_.state != State::Stopped) return notPoweredOffError(vm_, stopTimeout());
    return hasReached(vm_, goal);
  };
  auto late = [this, limit] { return lateError(vm_, limit); };
  return lookUntil(std::move(look), std::move(late), limit);
}

Task<VmView> Supervisor::awaitCondition(ConditionGoal goal, Milliseconds limit) {
  Look look = [this, goal]() -> Result<bool> {
    if (removed_) return deletedError(vm_);
    return hasReached(vm_, conditionsIn(view()), goal);
  };
  auto late = [this, goal, limit] { return lateError(vm_, conditionsIn(view()), goal, limit); };
  return lookUntil(std::move(look), std::move(late), limit);
}

/// Looks at once and after every change.
Task<VmView> Supervisor::lookUntil(Look look, std::function<Error()> late, Milliseconds limit) {
  const auto self = shared_from_this();
  const Deadline deadline(limit);
  while (true) {
    auto reached = look();
    if (!reached) co_return std::move(reached).error();
    if (*reached) co_return view();
    if (deadline.isOver()) co_return late();
    auto waited = co_await changed_.wait(deadline.left());
    if (!waited && waited.error().code == Errc::Cancelled) co_return std::move(waited).error();
  }
}

net::awaitable<void> Supervisor::awaitRest() {
  const auto self = shared_from_this();
  if (boxes_) co_await boxes_->join();
}

net::awaitable<void> Supervisor::loop() {
  const auto self = shared_from_this();
  while (!removed_) {
    auto arrived = co_await mailbox_.wait();
    if (!arrived) break;
    co_await handleNext();
  }
  isOver_ = true;
  for (const auto& mail : mailbox_.drain())
    reply(mail, overError());
}

Result<void> Supervisor::checkDeletable() const {
  if (!vm_.definition.isProtected) return {};
  const auto& name = vm_.definition.name;
  return Error{Errc::Protected,
               fmt::format("VM {} is protected from being deleted", name),
               fmt::format("microvmctl unprotect {}, then delete it", name),
               {}};
}

Error Supervisor::overError() const {
  return removed_ ? deletedError(vm_) : Error{Errc::Unavailable, "the daemon is shutting down", {}, {}};
}

net::awaitable<void> Supervisor::handleNext() {
  Mail mail = mailbox_.take();
  if (mail.run && *mail.run != runNumber_) {
    reply(mail, view());
    co_return;
  }
  if (mail.definition) {
    co_await takeDefinition(std::move(mail));
    co_return;
  }
  if (isOfAnother(mail)) {
    reply(mail, overtakenError());
    co_return;
  }
  // Protected, it may be, since somebody asked: a forced delete kills first.
  if (auto deletable = checkDeletable(); mail.event == LifecycleEvent::DeleteAsked && !deletable) {
    reply(mail, std::move(deletable).error());
    co_return;
  }
  if (isHeldBack(mail)) co_return;
  if (!isAdmitted(mail)) co_return;
  considerRestart(mail);
  const Transition transition = decide(vm_.state, mail.event);
  logDebug(behalf(mail), "decided vm={} state={} event={} effect={}", vm_.definition.name, toText(vm_.state),
           toText(mail.event), toText(transition.effect));
  switch (transition.effect) {
    case Effect::Join:
      co_await keepWish(std::move(mail));
      co_return;
    case Effect::Ignore:
      reply(mail, view());
      co_return;
    case Effect::Refuse:
      reply(mail, refusalError(transition.refusal, vm_, mail.event));
      co_return;
    case Effect::EscalateStop:
      escalateStop();
      co_return;
    case Effect::None:
    case Effect::Launch:
    case Effect::Pause:
    case Effect::Resume:
    case Effect::Watch:
    case Effect::WatchAndStop:
    case Effect::BeginStop:
    case Effect::Kill:
    case Effect::RecordExit:
    case Effect::AwaitRestart:
    case Effect::Remove:
      break;
  }
  co_await carryOut(std::move(mail), transition);
}

net::awaitable<void> Supervisor::carryOut(Mail mail, Transition transition) {
  const State before = vm_.state;
  auto begun = co_await beginOperation(mail);
  if (!begun) {
    reply(mail, std::move(begun).error());
    co_return;
  }
  const std::string begunId = mail.answer && operation_ ? operation_->id : "";
  const auto time = now();
  Vm next = vmAfter(mail, vm_, transition.next, time);
  auto kept = co_await persist(transition.effect, next, eventsOf(mail, vm_, time));
  if (!kept) {
    logError(behalf(mail), "cannot record vm={} event={} error={}", vm_.definition.name, toText(mail.event),
             kept.error().detail);
    // A wish that cannot be kept is not begun. What has already happened is true all the same, and is written with the
    // next change.
    if (mail.isWish) {
      co_await finishOperation(OperationState::Failed, kept.error());
      reply(mail, std::move(kept).error());
      co_return;
    }
  }
  if (next.state != vm_.state) {
    logInfo(behalf(mail), "state changed vm={} from={} to={} cause={} reason=\"{}\"", vm_.definition.name,
            toText(vm_.state), toText(next.state), mail.cause.kind, next.reason);
  }
  vm_ = std::move(next);
  snapshot_.reset();
  removed_ = transition.effect == Effect::Remove;
  act(transition.effect, mail, before);
  tendReadiness(before == State::Starting ? Acquaintance::Fresh : Acquaintance::Adopted);
  refreshConditions(mail.cause);
  co_await settleOperation(mail, before);
  reply(mail, answerTo(mail, begunId));
  changed_.notifyAll();
  if (ports_.onChange) ports_.onChange();
}

Task<void> Supervisor::persist(Effect effect, Vm next, std::vector<VmEvent> events) {
  if (effect == Effect::Remove) co_return co_await forget(std::move(events));
  auto updated = co_await ports_.store.update(std::move(next), events);
  const bool isUnknown = !updated && updated.error().code == Errc::NotFound && vm_.state == State::Broken;
  // What cannot be read was never put into the store; what happened to it is told all the same.
  if (isUnknown) updated = co_await ports_.store.append(std::move(events));
  if (!updated) co_return std::move(updated).error();
  co_return Result<void>();
}

/// The folder first: whatever happens between the two, a VM whose delete was granted never comes back.
Task<void> Supervisor::forget(std::vector<VmEvent> events) {
  const Cause cause = events.empty() ? behalf() : events.front().cause;
  auto markJob = [paths = paths_] { return markDeleted(paths); };
  auto marked = co_await ports_.files.run(std::move(markJob));
  if (!marked) logWarn(cause, "not marked as deleted vm={} error={}", vm_.definition.name, marked.error().detail);
  auto removed = co_await ports_.store.remove(vm_.id, events);
  const bool isUnknown = !removed && removed.error().code == Errc::NotFound;
  if (isUnknown) removed = co_await ports_.store.append(std::move(events));
  if (removed) co_return Result<void>();
  auto unmarkJob = [paths = paths_] { return unmarkDeleted(paths); };
  auto unmarked = co_await ports_.files.run(std::move(unmarkJob));
  if (!unmarked) logWarn(cause, "marked as deleted vm={} error={}", vm_.definition.name, unmarked.error().detail);
  co_return std::move(removed).error();
}

void Supervisor::act(Effect effect, const Mail& mail, State before) {
  if (mail.event == LifecycleEvent::StopGivenUp) {
    ++stopsGivenUp_;
    const bool isStop = operation_ && operation_->kind == OperationKind::Stop;
    if (isStop && !mail.cancels) lateStop_ = operation_->cause;
  }
  const bool hasRun = mail.event == LifecycleEvent::RunnerRunning || mail.event == LifecycleEvent::RunnerPaused;
  if (hasRun) ladder().reach(RunStage::GuestRan);
  if (auto end = unexpectedEnd(mail, before, now())) {
    if (!boxes_) boxes_ = std::make_unique<TaskGroup>(ports_.executor);
    boxes_->spawn("black box of " + vm_.definition.name, keepBlackBox(std::move(*end), argv_));
  }
  switch (effect) {
    case Effect::Launch:
      startRun();
      paths_ = paths_.next();
      ladder().reach(RunStage::Launching);
      isRestart_ = mail.event == LifecycleEvent::RestartDue;
      run_->spawn("launch " + vm_.definition.name, launch());
      return;
    case Effect::Watch:
    case Effect::WatchAndStop:
      startRun();
      adopting_ = true;
      if (before != State::Starting && before != State::Stopped) ladder().reach(RunStage::GuestRan);
      run_->spawn("adopt " + vm_.definition.name, adopt());
      if (effect == Effect::WatchAndStop) ladder().begin(mail.stop.value_or(vm_.definition.stop), behalf());
      return;
    case Effect::BeginStop:
      ladder().begin(mail.stop.value_or(vm_.definition.stop), mail.cause);
      return;
    case Effect::Kill:
      ladder().kill(mail.cause);
      return;
    case Effect::Pause:
      if (run_) run_->spawn("pause of " + vm_.definition.name, changeGuest(RunnerChange::Pause, mail.cause));
      return;
    case Effect::Resume:
      if (run_) run_->spawn("resume of " + vm_.definition.name, changeGuest(RunnerChange::Resume, mail.cause));
      return;
    case Effect::RecordExit:
    case Effect::Remove:
      endRun();
      return;
    case Effect::AwaitRestart:
      startRun();
      run_->spawn("restart of " + vm_.definition.name, awaitRestart(untilRestart()));
      return;
    case Effect::None:
      if (stop_) stop_->rest();
      return;
    case Effect::Join:
    case Effect::Ignore:
    case Effect::Refuse:
    case Effect::EscalateStop:
      return;
  }
}

const Cause& Supervisor::behalf() const {
  static const Cause kNobody("daemon");
  return operation_ ? operation_->cause : kNobody;
}

const Cause& Supervisor::behalf(const Mail& mail) const {
  return mail.cause.requestId.empty() ? behalf() : mail.cause;
}

void Supervisor::reply(const Mail& mail, Result<VmView> result) {
  if (!mail.answer) return;
  mail.answer->result = std::move(result);
  mail.answer->given.notifyAll();
}

void Supervisor::post(LifecycleEvent event, Cause cause, std::string detail) {
  Mail mail;
  mail.event = event;
  mail.cause = std::move(cause);
  mail.detail = std::move(detail);
  mail.run = runNumber_;
  mailbox_.post(std::move(mail));
}

}  // namespace microvm
