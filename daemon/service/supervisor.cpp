#include "daemon/service/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "api/core/logging.hpp"

namespace microvm {

/// Where an asker waits for the outcome of its mail.
struct Supervisor::Answer {
  explicit Answer(const net::any_io_executor& executor) : given(executor) {}
  Condition given;
  std::optional<Result<VmView>> result;
};

Supervisor::Supervisor(Vm vm, VmPaths paths, const SupervisorPorts& ports, SupervisorSettings settings)
    : vm_(std::move(vm)),
      paths_(std::move(paths)),
      ports_(ports),
      settings_(settings),
      mailbox_(ports.executor),
      changed_(ports.executor),
      tasks_(ports.executor) {}

void Supervisor::begin() {
  tasks_.spawn("supervisor " + vm_.definition.name, loop());
}

void Supervisor::shutDown() {
  ladder_.reset();
  run_.reset();
  tasks_.cancel();
}

VmView Supervisor::view() const {
  VmView view;
  view.vm = vm_;
  if (processes_) {
    view.runnerPid = processes_->runnerPid;
    view.shimPid = processes_->shimPid;
    view.startedAt = processes_->startedAt;
  }
  return view;
}

Task<VmView> Supervisor::ask(LifecycleEvent event, std::string cause, StopRequest stop) {
  StopSettings settings = vm_.definition.stop;
  settings.timeout = stop.timeout.value_or(settings.timeout);
  settings.escalate = stop.escalate.value_or(settings.escalate);
  Mail mail;
  mail.event = event;
  mail.cause = std::move(cause);
  mail.detail = "asked by " + mail.cause;
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
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const auto givenUpBefore = stopsGivenUp_;
  const auto& name = vm_.definition.name;
  while (true) {
    if (removed_ && condition == WaitFor::Deleted) co_return view();
    if (removed_) co_return Error{Errc::NotFound, fmt::format("VM {} was deleted", name), {}, {}};
    if (condition == WaitFor::Running && vm_.state == State::Running) co_return view();
    if (condition == WaitFor::Stopped && vm_.state == State::Stopped) co_return view();
    if (condition == WaitFor::Running && vm_.state == State::Stopped && vm_.desired == Desired::Running) {
      co_return Error{Errc::RunnerFailed,
                      fmt::format("VM {} did not start: {}", name, vm_.reason),
                      "microvmctl logs " + name + " shows its console",
                      {}};
    }
    if (condition == WaitFor::Stopped && stopsGivenUp_ != givenUpBefore) {
      co_return Error{
          Errc::Timeout,
          fmt::format("the guest of VM {} did not power off in {}", name, formatDuration(stopSettings_.timeout)),
          "stop it without escalate=false, or kill it",
          {}};
    }
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      co_return Error{
          Errc::Timeout, fmt::format("VM {} is {} after {}", name, toText(vm_.state), formatDuration(limit)), {}, {}};
    }
    auto waited = co_await changed_.wait(left);
    if (!waited && waited.error().code == Errc::Cancelled) co_return std::move(waited).error();
  }
}

net::awaitable<void> Supervisor::loop() {
  const auto self = shared_from_this();
  while (!removed_) {
    auto mail = co_await mailbox_.pop();
    if (!mail) break;
    co_await handle(std::move(*mail));
  }
  const Error gone{removed_ ? Errc::NotFound : Errc::Unavailable,
                   removed_ ? fmt::format("VM {} was deleted", vm_.definition.name) : "the daemon is shutting down",
                   {},
                   {}};
  for (const auto& mail : mailbox_.drain())
    reply(mail, gone);
}

net::awaitable<void> Supervisor::handle(Mail mail) {
  if (mail.run && *mail.run != runNumber_) co_return;
  const Transition transition = decide(vm_.state, mail.event);
  logDebug("decided vm={} state={} event={} effect={}", vm_.definition.name, toText(vm_.state), toText(mail.event),
           toText(transition.effect));
  switch (transition.effect) {
    case Effect::Ignore:
      co_return;
    case Effect::Refuse:
      reply(mail, refusalError(transition.refusal, vm_, mail.event));
      co_return;
    case Effect::Join:
      reply(mail, view());
      co_return;
    case Effect::EscalateStop:
      escalateStop();
      co_return;
    case Effect::None:
    case Effect::Launch:
    case Effect::Watch:
    case Effect::WatchAndStop:
    case Effect::BeginStop:
    case Effect::Kill:
    case Effect::RecordExit:
    case Effect::Remove:
      break;
  }
  co_await carryOut(std::move(mail), transition);
}

net::awaitable<void> Supervisor::carryOut(Mail mail, Transition transition) {
  Vm next = nextVm(transition, mail);
  std::vector<VmEvent> events;
  if (auto event = eventOf(mail)) events.push_back(std::move(*event));
  auto kept = co_await persist(transition.effect, next, std::move(events));
  if (!kept) {
    logError("cannot record vm={} event={} error={}", vm_.definition.name, toText(mail.event), kept.error().detail);
    // A wish that cannot be kept is not begun. What has already happened is true all the same, and is written with the
    // next change.
    if (isWish(mail)) {
      reply(mail, std::move(kept).error());
      co_return;
    }
  }
  if (next.state != vm_.state) {
    logInfo("state changed vm={} from={} to={} cause={} reason={}", vm_.definition.name, toText(vm_.state),
            toText(next.state), mail.cause, next.reason);
  }
  vm_ = std::move(next);
  removed_ = transition.effect == Effect::Remove;
  act(transition.effect, mail);
  reply(mail, view());
  changed_.notifyAll();
  if (ports_.onChange) ports_.onChange();
}

Task<void> Supervisor::persist(Effect effect, Vm next, std::vector<VmEvent> events) {
  if (effect == Effect::Remove) {
    auto removed = co_await ports_.store.remove(next.id, std::move(events));
    if (!removed) co_return std::move(removed).error();
    co_return Result<void>();
  }
  auto updated = co_await ports_.store.update(std::move(next), std::move(events));
  if (!updated) co_return std::move(updated).error();
  co_return Result<void>();
}

bool Supervisor::isWish(const Mail& mail) {
  switch (mail.event) {
    case LifecycleEvent::StartAsked:
    case LifecycleEvent::StopAsked:
    case LifecycleEvent::KillAsked:
    case LifecycleEvent::DeleteAsked:
      return mail.answer != nullptr;
    case LifecycleEvent::LaunchFailed:
    case LifecycleEvent::RunnerRunning:
    case LifecycleEvent::RunnerExited:
    case LifecycleEvent::Adopted:
    case LifecycleEvent::RungExpired:
    case LifecycleEvent::StopGivenUp:
      return false;
  }
  return false;
}

Vm Supervisor::nextVm(const Transition& transition, const Mail& mail) const {
  Vm next = vm_;
  const auto time = now();
  next.updatedAt = time;
  if (transition.next && *transition.next != vm_.state) {
    next.state = *transition.next;
    next.stateSince = time;
  }
  if (isWish(mail)) next.desired = mail.event == LifecycleEvent::StartAsked ? Desired::Running : Desired::Stopped;
  if (mail.event == LifecycleEvent::StopGivenUp) next.desired = Desired::Running;
  if (!mail.detail.empty()) next.reason = mail.detail;
  if (mail.exit) {
    next.lastExit = mail.exit;
    // A guest that powers itself off wanted to stop; a runner that fails did not.
    if (mail.exit->code == 0) next.desired = Desired::Stopped;
  }
  return next;
}

std::optional<VmEvent> Supervisor::eventOf(const Mail& mail) const {
  struct Row {
    LifecycleEvent event;
    const char* type;
  };
  static constexpr Row kTypes[] = {
      {LifecycleEvent::StartAsked, "vm.starting"},       {LifecycleEvent::StopAsked, "vm.stopping"},
      {LifecycleEvent::KillAsked, "vm.killing"},         {LifecycleEvent::DeleteAsked, "vm.deleted"},
      {LifecycleEvent::LaunchFailed, "vm.start-failed"}, {LifecycleEvent::RunnerRunning, "vm.running"},
      {LifecycleEvent::RunnerExited, "vm.stopped"},      {LifecycleEvent::Adopted, "vm.adopted"},
      {LifecycleEvent::StopGivenUp, "vm.stop-given-up"},
  };
  const auto* const row =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const Row& known) { return known.event == mail.event; });
  if (row == std::end(kTypes)) return std::nullopt;
  VmEvent event;
  event.at = now();
  event.vmId = vm_.id;
  event.vmName = vm_.definition.name;
  event.type = row->type;
  event.cause = mail.cause;
  event.detail = mail.detail;
  return event;
}

void Supervisor::act(Effect effect, const Mail& mail) {
  if (mail.event == LifecycleEvent::StopGivenUp) ++stopsGivenUp_;
  switch (effect) {
    case Effect::Launch:
      startRun();
      launching_ = true;
      run_->spawn("launch " + vm_.definition.name, launch());
      return;
    case Effect::Watch:
    case Effect::WatchAndStop:
      startRun();
      adopting_ = true;
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
    case Effect::RecordExit:
    case Effect::Remove:
      endRun();
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

void Supervisor::reply(const Mail& mail, Result<VmView> result) {
  if (!mail.answer) return;
  mail.answer->result = std::move(result);
  mail.answer->given.notifyAll();
}

void Supervisor::post(LifecycleEvent event, std::string cause, std::string detail) {
  Mail mail;
  mail.event = event;
  mail.cause = std::move(cause);
  mail.detail = std::move(detail);
  mail.run = runNumber_;
  mailbox_.post(std::move(mail));
}

}  // namespace microvm
