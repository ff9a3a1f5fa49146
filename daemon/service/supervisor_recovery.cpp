// What became of the VM, and of what was asked of it, while no daemon watched.
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/service/supervisor.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kRecoveryRetry{100};
constexpr Milliseconds kStatusLimit{2'000};

/// Whether the VM is where the operation was to bring it.
bool isReached(OperationKind kind, State state) {
  switch (kind) {
    case OperationKind::Stop:
    case OperationKind::Kill:
      return state == State::Stopped;
    case OperationKind::Pause:
      return state == State::Paused;
    case OperationKind::Start:
    case OperationKind::Resume:
    case OperationKind::Restart:
      return state == State::Running;
  }
  return false;
}

Error cutError() {
  return Error{Errc::DaemonRestarted, "the daemon was restarted before it was done", "ask again", {}};
}

}  // namespace

net::awaitable<void> Supervisor::reconcile(HostBoot boot) {
  const auto self = shared_from_this();
  if (auto unfinished = operations_.unfinished(vm_.id)) operation_ = std::move(*unfinished);
  snapshot_.reset();
  const auto held = ports_.shims.isHeld(paths_);
  bool isHeld = held && *held;
  if (held && !isHeld && isAlive(vm_.state)) isHeld = co_await isHeldUnlocked();
  Mail mail;
  mail.cause = "daemon";
  if (isHeld) {
    mail.event = LifecycleEvent::Adopted;
    mail.detail = "found running when the daemon started";
    if (!paths_.home.empty()) mail.detail += fmt::format(", in the run folder {}", paths_.runFolder);
    if (operation_) mail.stop = operation_->stop;
  } else if (isAlive(vm_.state)) {
    mail.event = LifecycleEvent::RunnerExited;
    mail.exit = unseenExit(boot);
    if (mail.exit->isHostStop) mail.cause = kHostShutdown;
    mail.detail = mail.exit->reason;
  } else {
    if (vm_.state == State::Restarting) act(Effect::AwaitRestart, mail, vm_.state);
    co_await settleCutOperation();
    co_return;
  }
  const bool isGone = mail.event == LifecycleEvent::RunnerExited;
  auto settled = co_await deliver(std::move(mail));
  if (!settled) logWarn(behalf(), "not reconciled vm={} error={}", vm_.definition.name, settled.error().detail);
  if (isGone) co_await settleCutOperation();  // else adopt() goes on with it
}

/// Of a shim whose lock file was removed only the socket tells. One that takes the connection and is silent is there
/// all the same: a second instance is worse than one that is shown for too long.
net::awaitable<bool> Supervisor::isHeldUnlocked() {
  auto status = co_await ports_.shims.status(paths_);
  if (!status && status.error().code != Errc::Timeout) co_return false;
  logWarn(behalf(), "nobody holds the lock, and yet a shim is there vm={} lock={}", vm_.definition.name, paths_.lock());
  co_return true;
}

/// What its shim wrote down, or the end of a runner that was left behind.
ExitRecord Supervisor::unseenExit(HostBoot boot) const {
  auto record = ports_.shims.lastExit(paths_);
  const bool isToldAlready = vm_.lastExit && record.at == vm_.lastExit->at;  // of the run before
  if (isToldAlready || (vm_.state == State::Starting && record.at < vm_.stateSince)) {
    record = ExitRecord{std::nullopt, std::nullopt, now(), "the daemon ended before the runner was started"};
  }
  const bool isUnknown = !record.code && !record.signal;
  if (boot == HostBoot::New && isUnknown) record.reason = "the host was restarted while it ran";
  return record;
}

net::awaitable<void> Supervisor::awaitAdoption() {
  const auto self = shared_from_this();
  const Deadline deadline(kStatusLimit);
  while (adopting_ && !deadline.isOver()) {
    auto changed = co_await changed_.wait(deadline.left());
    if (!changed) co_return;
  }
}

net::awaitable<void> Supervisor::adopt() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  const Deadline deadline(kStatusLimit);
  auto status = co_await ports_.shims.status(paths_);
  while (!status && status.error().code != Errc::Cancelled && !deadline.isOver()) {
    auto paused = co_await pause(kRecoveryRetry);
    if (!paused) co_return;
    status = co_await ports_.shims.status(paths_);
  }
  if (run != runNumber_) co_return;
  adopting_ = false;
  shimStop_ = vm_.definition.stop;
  changed_.notifyAll();
  if (!status) {
    if (status.error().code == Errc::Cancelled) co_return;
    // The lock is held by a shim that does not speak: its end can still be seen.
    logWarn(behalf(), "the shim does not answer vm={} error={}", vm_.definition.name, status.error().detail);
    run_->spawn("exit of " + vm_.definition.name, watchExit());
  } else {
    watch(*status);
    // Whether the last daemon came to telling it of a change is not known; told twice is no harm.
    run_->spawn("stop settings of " + vm_.definition.name, tellShim(shimStop_));
  }
  if (vm_.state == State::Starting) {
    run_->spawn("readiness " + vm_.definition.name, watchReadiness());
  } else {
    co_await compareWithRunner();
  }
  co_await resumeOperation();
}

/// A guest may have been paused or resumed meanwhile.
net::awaitable<void> Supervisor::compareWithRunner() {
  const auto run = runNumber_;
  auto state = co_await ports_.runner.state(paths_.runnerSocket());
  if (!state || run != runNumber_) co_return;
  Mail mail;
  mail.cause = "daemon";
  mail.run = run;
  if (*state == RunnerState::Paused && vm_.state == State::Running) {
    mail.event = LifecycleEvent::RunnerPaused;
    mail.detail = "found paused when the daemon started";
  } else if (*state == RunnerState::Running && vm_.state == State::Paused) {
    mail.event = LifecycleEvent::RunnerRunning;
    mail.detail = "found running when the daemon started";
  } else {
    co_return;
  }
  auto settled = co_await deliver(std::move(mail));
  if (!settled) logWarn(behalf(), "not reconciled vm={} error={}", vm_.definition.name, settled.error().detail);
}

/// Goes on with what was asked for before the daemon's end, once the processes of the VM are known.
net::awaitable<void> Supervisor::resumeOperation() {
  if (!operation_) co_return;
  const auto kind = operation_->kind;
  const bool ends = kind == OperationKind::Stop || kind == OperationKind::Kill;
  const bool restarted = kind == OperationKind::Restart && view().startedAt > operation_->createdAt;
  const bool isUnbegun = vm_.state == State::Running || vm_.state == State::Paused;
  const bool isCutKill = kind == OperationKind::Kill && vm_.state == State::Stopping;
  if (isCutKill || (isUnbegun && (ends || (kind == OperationKind::Restart && !restarted)))) {
    Mail mail;
    mail.event = beginningOf(kind);
    mail.cause = operation_->cause;
    mail.detail = fmt::format("asked by {} before the daemon was restarted", mail.cause.kind);
    mail.stop = operation_->stop;
    mail.operation = *operation_;
    auto resumed = co_await deliver(std::move(mail));
    if (!resumed) logWarn(behalf(), "not resumed vm={} error={}", vm_.definition.name, resumed.error().detail);
    co_return;
  }
  const bool goesOn = vm_.state == State::Stopping || vm_.state == State::Starting;
  if (!goesOn) co_await settleCutOperation();
}

/// The end of what cannot go on.
net::awaitable<void> Supervisor::settleCutOperation() {
  if (!operation_) co_return;
  if (operation_->kind == OperationKind::Restart && vm_.state == State::Restarting) co_return;
  if (isReached(operation_->kind, vm_.state)) {
    co_await finishOperation(OperationState::Succeeded, std::nullopt);
  } else {
    co_await finishOperation(OperationState::Failed, cutError());
  }
}

}  // namespace microvm
