// What the supervisor does: launch, watch, stop. Nothing here changes the VM's state; outcomes are posted as events.
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/service/supervisor.hpp"
#include "daemon/service/vm_files.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kFirstPoll{5};
constexpr Milliseconds kSlowestPoll{50};
constexpr Milliseconds kRetry{100};
constexpr Milliseconds kStatusLimit{2'000};

class Deadline {
public:
  explicit Deadline(Milliseconds limit) : at_(std::chrono::steady_clock::now() + limit) {}
  [[nodiscard]] Milliseconds left() const {
    return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(at_ - std::chrono::steady_clock::now()));
  }
  [[nodiscard]] bool isOver() const { return left().count() == 0; }

private:
  std::chrono::steady_clock::time_point at_;
};

bool isCancelled(const Error& error) {
  return error.code == Errc::Cancelled;
}

}  // namespace

void Supervisor::startRun() {
  endRun();
  run_ = std::make_unique<TaskGroup>(ports_.executor);
}

void Supervisor::endRun() {
  ++runNumber_;
  run_.reset();
  ladder_.reset();
  rung_.reset();
  processes_.reset();
  endReason_.reset();
  launching_ = false;
  adopting_ = false;
}

net::awaitable<void> Supervisor::launch() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  auto status = co_await launchRunner();
  if (run != runNumber_) co_return;
  launching_ = false;
  if (!status) {
    if (!isCancelled(status.error())) post(LifecycleEvent::LaunchFailed, "runner", status.error().detail);
    co_return;
  }
  watch(*status);
  run_->spawn("readiness " + vm_.definition.name, watchReadiness());
  if (rung_) climb(*rung_);
}

Task<ShimStatus> Supervisor::launchRunner() {
  auto argv = ports_.runner.commandLine(vm_.definition, paths_);
  if (!argv) co_return std::move(argv).error();
  auto job = [paths = paths_, definition = vm_.definition] { return prepareLaunch(paths, definition); };
  auto prepared = co_await ports_.files.run(std::move(job));
  if (!prepared) co_return std::move(prepared).error();
  auto status = co_await ports_.shims.launch(vm_.id, paths_, std::move(*argv), vm_.definition.console);
  co_return status;
}

void Supervisor::watch(ShimStatus status) {
  processes_ = status;
  run_->spawn("exit of " + vm_.definition.name, watchExit());
  changed_.notifyAll();
}

net::awaitable<void> Supervisor::adopt() {
  const auto self = shared_from_this();
  const Deadline deadline(kStatusLimit);
  auto status = co_await ports_.shims.status(paths_);
  while (!status && !isCancelled(status.error()) && !deadline.isOver()) {
    auto paused = co_await pause(kRetry);
    if (!paused) co_return;
    status = co_await ports_.shims.status(paths_);
  }
  adopting_ = false;
  changed_.notifyAll();
  if (!status) {
    if (isCancelled(status.error())) co_return;
    // The lock is held by a shim that does not speak: its end can still be seen.
    logWarn("the shim does not answer vm={} error={}", vm_.definition.name, status.error().detail);
    run_->spawn("exit of " + vm_.definition.name, watchExit());
  } else {
    watch(*status);
  }
  if (vm_.state == State::Starting) run_->spawn("readiness " + vm_.definition.name, watchReadiness());
}

net::awaitable<void> Supervisor::watchExit() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  auto record = co_await ports_.shims.waitForExit(paths_);
  if (!record || run != runNumber_) co_return;
  Mail mail;
  mail.event = LifecycleEvent::RunnerExited;
  mail.run = run;
  mail.cause = record->code == 0 ? "guest" : "runner";
  if (vm_.state == State::Stopping) mail.cause = stopCause_;
  mail.detail = endReason_ ? fmt::format("{} ({})", *endReason_, record->reason) : record->reason;
  mail.exit = std::move(*record);
  mailbox_.post(std::move(mail));
}

net::awaitable<void> Supervisor::watchReadiness() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  const Deadline deadline(settings_.readyTimeout);
  Milliseconds delay = kFirstPoll;
  while (!deadline.isOver()) {
    auto state = co_await ports_.runner.state(paths_.runnerSocket());
    if (run != runNumber_) co_return;
    if (state && (*state == RunnerState::Running || *state == RunnerState::Paused)) {
      post(LifecycleEvent::RunnerRunning, "runner", "the runner reports that the guest runs");
      co_return;
    }
    auto paused = co_await pause(delay);
    if (!paused || run != runNumber_) co_return;
    delay = std::min(delay * 2, kSlowestPoll);
  }
  endReason_ =
      fmt::format("the runner did not report a running guest within {}", formatDuration(settings_.readyTimeout));
  post(LifecycleEvent::KillAsked, "daemon", *endReason_);
}

void Supervisor::beginStop(const Mail& mail) {
  stopSettings_ = mail.stop.value_or(vm_.definition.stop);
  stopCause_ = mail.cause;
  climb(firstRung(stopSettings_, GuestActivity::Running));
}

void Supervisor::escalateStop() {
  const auto next = rung_ ? nextRung(rung_->rung, stopSettings_) : std::nullopt;
  if (next) {
    climb(*next);
    return;
  }
  post(LifecycleEvent::StopGivenUp, "daemon",
       fmt::format("the guest did not power off in {} and the stop was not to escalate",
                   formatDuration(stopSettings_.timeout)));
}

void Supervisor::climb(RungStep step) {
  rung_ = step;
  ladder_.reset();
  if (launching_) return;  // launch() goes on with the rung as soon as there is a runner
  ladder_ = std::make_unique<TaskGroup>(ports_.executor);
  ladder_->spawn("stop of " + vm_.definition.name, climbRung(step));
}

net::awaitable<void> Supervisor::climbRung(RungStep step) {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  const Deadline deadline(step.wait.value_or(Milliseconds(0)));
  switch (step.rung) {
    case Rung::PowerButton:
      co_await pressPowerButton(deadline.left());
      break;
    case Rung::HardStop: {
      co_await note("vm.hard-stop", "the runner is told to end the guest");
      auto asked = co_await ports_.runner.change(paths_.runnerSocket(), RunnerChange::HardStop);
      if (!asked) logWarn("hard stop not taken vm={} error={}", vm_.definition.name, asked.error().detail);
      break;
    }
    case Rung::Kill:
      co_await killRunner();
      break;
  }
  if (!step.wait) co_return;
  auto waited = co_await pause(deadline.left());
  if (waited && run == runNumber_) post(LifecycleEvent::RungExpired, "daemon", "");
}

net::awaitable<void> Supervisor::pressPowerButton(Milliseconds limit) {
  const Deadline deadline(limit);
  // A runner that is just starting does not listen yet, or has no guest that could hear.
  while (!deadline.isOver()) {
    auto state = co_await ports_.runner.state(paths_.runnerSocket());
    const bool isPaused = state && *state == RunnerState::Paused;
    if (isPaused) {
      auto resumed = co_await ports_.runner.change(paths_.runnerSocket(), RunnerChange::Resume);
      if (!resumed) logWarn("resume before stop not taken vm={} error={}", vm_.definition.name, resumed.error().detail);
    }
    auto asked = co_await ports_.runner.change(paths_.runnerSocket(), RunnerChange::Stop);
    if (asked) {
      std::string detail =
          isPaused ? "the guest was resumed and asked to power off" : "the guest was asked to power off";
      co_await note("vm.power-button", std::move(detail));
      co_return;
    }
    if (isCancelled(asked.error())) co_return;
    logDebug("power button not taken yet vm={} error={}", vm_.definition.name, asked.error().detail);
    auto paused = co_await pause(std::min(kRetry, deadline.left()));
    if (!paused) co_return;
  }
}

net::awaitable<void> Supervisor::killRunner() {
  auto killed = co_await ports_.shims.kill(paths_);
  if (killed) {
    co_await note("vm.kill", "the runner was sent SIGKILL");
    co_return;
  }
  // Without a shim the lock is free, and whoever waits for the exit ends the runner that was left behind.
  logWarn("kill through the shim not taken vm={} error={}", vm_.definition.name, killed.error().detail);
}

net::awaitable<void> Supervisor::note(std::string type, std::string detail) {
  VmEvent event;
  event.at = now();
  event.vmId = vm_.id;
  event.vmName = vm_.definition.name;
  event.type = std::move(type);
  event.cause = stopCause_;
  event.detail = std::move(detail);
  std::vector<VmEvent> events;
  events.push_back(std::move(event));
  auto kept = co_await ports_.store.append(std::move(events));
  if (!kept) logWarn("cannot record an event vm={} error={}", vm_.definition.name, kept.error().detail);
}

net::awaitable<void> Supervisor::reconcile() {
  const auto self = shared_from_this();
  const bool wasAlive = vm_.state == State::Starting || vm_.state == State::Running || vm_.state == State::Stopping;
  const auto held = ports_.shims.isHeld(paths_);
  Mail mail;
  mail.cause = "daemon";
  if (held && *held) {
    mail.event = LifecycleEvent::Adopted;
    mail.detail = "found running when the daemon started";
  } else if (wasAlive) {
    // Nobody holds it, so this ends at once: with what its shim wrote down, or with the end of a runner that was left
    // behind.
    auto record = co_await ports_.shims.waitForExit(paths_);
    if (!record) co_return;
    if (vm_.state == State::Starting && record->at < vm_.stateSince) {
      record = ExitRecord{std::nullopt, std::nullopt, now(), "the daemon ended before the runner was started"};
    }
    mail.event = LifecycleEvent::RunnerExited;
    mail.detail = record->reason;
    mail.exit = std::move(*record);
  } else {
    co_return;
  }
  auto settled = co_await deliver(std::move(mail));
  if (!settled) logWarn("not reconciled vm={} error={}", vm_.definition.name, settled.error().detail);
}

net::awaitable<void> Supervisor::awaitAdoption() {
  const auto self = shared_from_this();
  const Deadline deadline(kStatusLimit);
  while (adopting_ && !deadline.isOver()) {
    auto changed = co_await changed_.wait(deadline.left());
    if (!changed) co_return;
  }
}

}  // namespace microvm
