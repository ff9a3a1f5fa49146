#include "daemon/service/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/domain/supervision/restart_policy.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/service/vm_files.hpp"

namespace microvm {
namespace {

std::string namesOf(const Conditions& conditions) {
  std::string names;
  for (const VmCondition& each : conditions)
    names += (names.empty() ? "" : ", ") + each.type;
  return names;
}

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
      tasks_(ports.executor),
      boxes_(ports.executor) {
  if (!vm_.definition.readiness.empty()) conditions_ = firstConditionsOf(vm_);
}

void Supervisor::begin() {
  tasks_.spawn("supervisor " + vm_.definition.name, loop());
}

void Supervisor::shutDown() {
  ++runNumber_;  // a launch that the pool is at comes back all the same: to no run
  ladder_.reset();
  run_.reset();
  readiness_.reset();
  boxes_.cancel();
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

Task<VmView> Supervisor::deliver(Mail mail) {
  const auto self = shared_from_this();
  const auto answer = std::make_shared<Answer>(ports_.executor);
  mail.answer = answer;
  mailbox_.post(std::move(mail));
  while (!answer->result) {
    auto waited = co_await answer->given.wait();
    if (!waited) co_return std::move(waited).error();
  }
  co_return std::move(*answer->result);
}

Task<VmView> Supervisor::wait(WaitFor condition, Milliseconds limit) {
  const auto self = shared_from_this();
  const auto deadline = AwakeClock::now() + limit;
  const auto givenUpBefore = stopsGivenUp_;
  const auto& name = vm_.definition.name;
  while (true) {
    if (removed_ && condition == WaitFor::Deleted) co_return view();
    if (removed_) co_return Error{Errc::NotFound, fmt::format("VM {} was deleted", name), {}, {}};
    if (condition == WaitFor::Running && vm_.state == State::Running) co_return view();
    if (condition == WaitFor::Paused && vm_.state == State::Paused) co_return view();
    if (condition == WaitFor::Stopped && vm_.state == State::Stopped) co_return view();
    if (auto failure = startFailure(); failure && condition == WaitFor::Running) co_return std::move(*failure);
    if (condition == WaitFor::Stopped && stopsGivenUp_ != givenUpBefore) {
      co_return Error{
          Errc::Timeout,
          fmt::format("the guest of VM {} did not power off in {}", name, formatDuration(stopSettings_.timeout)),
          "stop it without escalate=false, or kill it",
          {}};
    }
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - AwakeClock::now());
    if (left.count() <= 0) {
      co_return Error{
          Errc::Timeout, fmt::format("VM {} is {} after {}", name, toText(vm_.state), formatDuration(limit)), {}, {}};
    }
    auto waited = co_await changed_.wait(left);
    if (!waited && waited.error().code == Errc::Cancelled) co_return std::move(waited).error();
  }
}

std::optional<Error> Supervisor::startFailure() const {
  if (vm_.state != State::Stopped || vm_.desired != Desired::Running) return std::nullopt;
  const auto& name = vm_.definition.name;
  return Error{Errc::RunnerFailed,
               fmt::format("VM {} did not start: {}", name, vm_.reason),
               "microvmctl logs --source runner " + name + " has what the runner said, microvmctl postmortem " + name +
                   " the rest",
               {}};
}

Task<VmView> Supervisor::awaitCondition(ConditionGoal goal, Milliseconds limit) {
  const auto self = shared_from_this();
  const Deadline deadline(limit);
  while (true) {
    const auto& name = vm_.definition.name;
    if (removed_) co_return Error{Errc::NotFound, fmt::format("VM {} was deleted", name), {}, {}};
    const auto conditions = conditionsIn(view());
    const auto* condition = findCondition(conditions, goal.type);
    if (condition == nullptr) {
      co_return Error{Errc::Usage,
                      fmt::format("VM {} has no condition {}; it has {}", name, goal.type, namesOf(conditions)),
                      "spec.readiness says which signs are looked for",
                      {}};
    }
    if (condition->status == goal.status) co_return view();
    if (auto failure = startFailure(); failure && goal.status == ConditionStatus::True) co_return std::move(*failure);
    if (deadline.isOver()) {
      co_return Error{Errc::Timeout,
                      fmt::format("VM {}: {} is {} after {}: {}", name, condition->type, toText(condition->status),
                                  formatDuration(limit), condition->message),
                      {},
                      {}};
    }
    auto waited = co_await changed_.wait(deadline.left());
    if (!waited && waited.error().code == Errc::Cancelled) co_return std::move(waited).error();
  }
}

net::awaitable<void> Supervisor::awaitRest() {
  const auto self = shared_from_this();
  co_await boxes_.join();
}

net::awaitable<void> Supervisor::loop() {
  const auto self = shared_from_this();
  while (!removed_) {
    auto arrived = co_await mailbox_.wait();
    if (!arrived) break;
    co_await handleNext();
  }
  const Error gone{removed_ ? Errc::NotFound : Errc::Unavailable,
                   removed_ ? fmt::format("VM {} was deleted", vm_.definition.name) : "the daemon is shutting down",
                   {},
                   {}};
  for (const auto& mail : mailbox_.drain())
    reply(mail, gone);
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
  if (!isAdmitted(mail)) co_return;
  considerRestart(mail);
  const Transition transition = decide(vm_.state, mail.event);
  logDebug(behalf(mail), "decided vm={} state={} event={} effect={}", vm_.definition.name, toText(vm_.state),
           toText(mail.event), toText(transition.effect));
  switch (transition.effect) {
    case Effect::Ignore:
    case Effect::Join:
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
  Vm next = nextVm(transition, mail);
  auto kept = co_await persist(transition.effect, next, eventsOf(mail));
  if (!kept) {
    logError(behalf(mail), "cannot record vm={} event={} error={}", vm_.definition.name, toText(mail.event),
             kept.error().detail);
    // A wish that cannot be kept is not begun. What has already happened is true all the same, and is written with the
    // next change.
    if (isWish(mail)) {
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
  reply(mail, view());
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

bool Supervisor::isWish(const Mail& mail) {
  switch (mail.event) {
    case LifecycleEvent::StartAsked:
    case LifecycleEvent::StopAsked:
    case LifecycleEvent::KillAsked:
    case LifecycleEvent::PauseAsked:
    case LifecycleEvent::ResumeAsked:
    case LifecycleEvent::RestartAsked:
    case LifecycleEvent::DeleteAsked:
      return mail.answer != nullptr;
    case LifecycleEvent::LaunchFailed:
    case LifecycleEvent::RunnerRunning:
    case LifecycleEvent::RunnerPaused:
    case LifecycleEvent::ChangeFailed:
    case LifecycleEvent::RunnerExited:
    case LifecycleEvent::RestartScheduled:
    case LifecycleEvent::RestartDue:
    case LifecycleEvent::Adopted:
    case LifecycleEvent::RungExpired:
    case LifecycleEvent::StopGivenUp:
      return false;
  }
  return false;
}

std::optional<Desired> Supervisor::wishedState(LifecycleEvent event) {
  switch (event) {
    case LifecycleEvent::StartAsked:
    case LifecycleEvent::RestartAsked:
      return Desired::Running;
    case LifecycleEvent::StopAsked:
    case LifecycleEvent::KillAsked:
    case LifecycleEvent::DeleteAsked:
      return Desired::Stopped;
    default:
      return std::nullopt;
  }
}

Vm Supervisor::nextVm(const Transition& transition, const Mail& mail) const {
  Vm next = vm_;
  const auto time = now();
  next.updatedAt = time;
  if (transition.next && *transition.next != vm_.state) {
    next.state = *transition.next;
    next.stateSince = time;
  }
  const bool endsWithHost = mail.cause.kind == kHostShutdown;
  if (!isAlive(next.state)) next.launched.reset();
  if (isWish(mail) && !endsWithHost) next.desired = wishedState(mail.event).value_or(next.desired);
  const bool isPeoples = mail.cause.kind != kReadinessCause;
  if (isWish(mail) && isPeoples && wishedState(mail.event) == Desired::Running) next.restarts = {};
  if (mail.event == LifecycleEvent::StopGivenUp) next.desired = Desired::Running;
  if (mail.event == LifecycleEvent::RestartDue) next.restarts.nextAt.reset();
  if (mail.restarts) next.restarts = *mail.restarts;
  if (!mail.detail.empty()) next.reason = mail.detail;
  if (!mail.verdict.empty()) next.reason += "; " + mail.verdict;
  if (mail.exit) {
    next.lastExit = mail.exit;
    // A guest that powers itself off wanted to stop; a runner that fails did not.
    if (mail.exit->code == 0 && next.state == State::Stopped && !endsWithHost) next.desired = Desired::Stopped;
  }
  return next;
}

VmEvent Supervisor::newEvent(std::string type, Cause cause, std::string detail) const {
  VmEvent event;
  event.at = now();
  event.vmId = vm_.id;
  event.vmName = vm_.definition.name;
  event.labels = vm_.definition.labels;
  event.type = std::move(type);
  event.cause = std::move(cause);
  event.detail = std::move(detail);
  return event;
}

std::vector<VmEvent> Supervisor::eventsOf(const Mail& mail) const {
  struct Row {
    LifecycleEvent event;
    const char* type;
  };
  static constexpr Row kTypes[] = {
      {LifecycleEvent::StartAsked, "vm.starting"},
      {LifecycleEvent::StopAsked, "vm.stopping"},
      {LifecycleEvent::KillAsked, "vm.killing"},
      {LifecycleEvent::PauseAsked, "vm.pausing"},
      {LifecycleEvent::ResumeAsked, "vm.resuming"},
      {LifecycleEvent::RestartAsked, "vm.restarting"},
      {LifecycleEvent::DeleteAsked, "vm.deleted"},
      {LifecycleEvent::LaunchFailed, "vm.start-failed"},
      {LifecycleEvent::RunnerRunning, "vm.running"},
      {LifecycleEvent::RunnerPaused, "vm.paused"},
      {LifecycleEvent::ChangeFailed, "vm.change-failed"},
      {LifecycleEvent::RunnerExited, "vm.stopped"},
      {LifecycleEvent::RestartScheduled, "vm.stopped"},
      {LifecycleEvent::RestartDue, "vm.starting"},
      {LifecycleEvent::Adopted, "vm.adopted"},
      {LifecycleEvent::StopGivenUp, "vm.stop-given-up"},
  };
  std::vector<VmEvent> events;
  for (const Row& row : kTypes) {
    if (row.event == mail.event) events.push_back(newEvent(row.type, mail.cause, mail.detail));
  }
  if (mail.exit && !events.empty()) events.front().exit = ExitOutcome{mail.exit->code, mail.exit->signal};
  if (mail.event == LifecycleEvent::RestartScheduled) {
    if (!mail.exit) events.front().type = "vm.start-failed";
    events.push_back(newEvent("vm.restart-scheduled", "restart-policy", mail.verdict));
  } else if (!mail.verdict.empty()) {
    events.push_back(newEvent("vm.restart-given-up", "restart-policy", mail.verdict));
  }
  return events;
}

void Supervisor::act(Effect effect, const Mail& mail, State before) {
  if (mail.event == LifecycleEvent::StopGivenUp) ++stopsGivenUp_;
  if (mail.event == LifecycleEvent::RunnerRunning || mail.event == LifecycleEvent::RunnerPaused) hasRun_ = true;
  if (mail.exit && !isCleanEnd(*mail.exit) && before != State::Stopping) {
    boxes_.spawn("black box of " + vm_.definition.name, keepBlackBox(*mail.exit));
  }
  switch (effect) {
    case Effect::Launch:
      startRun();
      launching_ = true;
      isRestart_ = mail.event == LifecycleEvent::RestartDue;
      hasRun_ = false;
      run_->spawn("launch " + vm_.definition.name, launch());
      return;
    case Effect::Watch:
    case Effect::WatchAndStop:
      startRun();
      adopting_ = true;
      hasRun_ = before != State::Starting && before != State::Stopped;
      run_->spawn("adopt " + vm_.definition.name, adopt());
      if (effect == Effect::WatchAndStop) beginStop(mail);
      return;
    case Effect::BeginStop:
      beginStop(mail);
      return;
    case Effect::Kill:
      stopCause_ = mail.cause;
      climb(RungStep{Rung::Kill, false, std::nullopt});
      return;
    case Effect::Pause:
      run_->spawn("pause of " + vm_.definition.name, changeGuest(RunnerChange::Pause, mail.cause));
      return;
    case Effect::Resume:
      run_->spawn("resume of " + vm_.definition.name, changeGuest(RunnerChange::Resume, mail.cause));
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
      ladder_.reset();
      rung_.reset();
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
