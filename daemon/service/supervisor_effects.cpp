// What the supervisor does: launch, watch, stop. Nothing here changes the VM's state; outcomes are posted as events.
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/service/black_box.hpp"
#include "daemon/service/supervisor.hpp"
#include "daemon/service/vm_files.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kFirstPoll{5};
constexpr Milliseconds kSlowestPoll{50};
constexpr Milliseconds kRetry{100};
constexpr Milliseconds kStuckPoll{1'000};
constexpr Milliseconds kStuckLimit{2'000};
constexpr std::size_t kEventsInBlackBox = 50;
constexpr Milliseconds kSlowestRetry{1'000};
constexpr Milliseconds kTruncationPause{60'000};  // a guest that floods must not fill the events too

bool isCancelled(const Error& error) {
  return error.code == Errc::Cancelled;
}

std::vector<NetworkHelper> helpersOf(const Definition& definition) {
  std::vector<NetworkHelper> helpers;
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i) {
    const Interface& interface = definition.interfaces[i];
    if (interface.type == InterfaceType::Fd) helpers.emplace_back(interfaceDescriptor(i), interface.helper);
  }
  return helpers;
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
  readiness_.reset();
  setProcesses(std::nullopt);
  console_.reset();
  tellsTruncation_ = false;
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
  auto job = [paths = paths_, definition = vm_.launched.value_or(vm_.definition),
              runner = &ports_.runner]() -> Result<Argv> {
    auto argv = runner->commandLine(definition, paths);  // may ask the runner's program what it is
    if (!argv) return argv;
    if (auto prepared = prepareLaunch(paths, definition); !prepared) return std::move(prepared).error();
    return argv;
  };
  auto argv = co_await ports_.files.run(std::move(job));
  if (!argv) co_return std::move(argv).error();
  argv_ = *argv;
  ShimSettings settings(vm_.definition.console, vm_.definition.stop);
  settings.helpers = helpersOf(vm_.definition);
  auto status = co_await ports_.shims.launch(vm_.id, paths_, std::move(*argv), settings);
  co_return status;
}

void Supervisor::setProcesses(const std::optional<ShimStatus>& status) {
  VmView& view = snapshot_.view;
  view.runnerPid = status ? std::optional(status->runnerPid) : std::nullopt;
  view.shimPid = status ? std::optional(status->shimPid) : std::nullopt;
  view.startedAt = status ? std::optional(status->startedAt) : std::nullopt;
  snapshot_.reset();
}

void Supervisor::watch(ShimStatus status) {
  setProcesses(status);
  run_->spawn("exit of " + vm_.definition.name, watchExit());
  run_->spawn("console of " + vm_.definition.name, watchConsole());
  changed_.notifyAll();
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

net::awaitable<void> Supervisor::watchConsole() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  for (Milliseconds delay = kRetry;; delay = std::min(delay * 2, kSlowestRetry)) {
    std::function<void(ConsoleNews)> onNews = [this, run](ConsoleNews news) {
      if (run == runNumber_) takeNews(std::move(news));
    };
    auto watched = co_await ports_.shims.watchConsole(paths_, std::move(onNews));
    if (run != runNumber_ || (!watched && watched.error().code != Errc::Unreachable)) co_return;
    auto paused = co_await pause(delay);
    if (!paused || run != runNumber_) co_return;
  }
}

void Supervisor::takeNews(ConsoleNews news) {
  const auto before = console_ ? console_->start : news.start;
  console_ = std::move(news);
  snapshot_.reset();
  if (console_->start == before || tellsTruncation_) return;
  tellsTruncation_ = true;
  run_->spawn("truncation of " + vm_.definition.name, noteTruncation(before));
}

net::awaitable<void> Supervisor::noteTruncation(std::uint64_t from) {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  while (console_->start != from) {
    const auto to = console_->start;
    auto detail = fmt::format("the console log begins at byte {} now; {} older bytes are gone", to, to - from);
    from = to;
    co_await record("vm.console-truncated", "guest", std::move(detail));
    if (run != runNumber_) co_return;
    auto paused = co_await pause(kTruncationPause);
    if (!paused || run != runNumber_) co_return;
  }
  tellsTruncation_ = false;
}

net::awaitable<void> Supervisor::watchReadiness() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  const Deadline deadline(settings_.readyTimeout);
  Milliseconds delay = kFirstPoll;
  while (!deadline.isOver()) {
    auto state = co_await ports_.runner.state(paths_.runnerSocket());
    if (run != runNumber_) co_return;
    if (state && *state == RunnerState::Running) {
      post(LifecycleEvent::RunnerRunning, "runner", "the runner reports that the guest runs");
      co_return;
    }
    if (state && *state == RunnerState::Paused) {
      post(LifecycleEvent::RunnerPaused, "runner", "the runner reports that the guest is paused");
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

Milliseconds Supervisor::untilRestart() const {
  if (!vm_.restarts.nextAt) return Milliseconds(0);
  const auto wait = std::chrono::duration_cast<Milliseconds>(*vm_.restarts.nextAt - now());
  // The clock of the host may have been set meanwhile.
  return std::clamp(wait, Milliseconds(0), vm_.definition.restart.maxBackoff);
}

net::awaitable<void> Supervisor::awaitRestart(Milliseconds wait) {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  auto waited = co_await pause(wait);
  if (!waited || run != runNumber_) co_return;
  const bool isRestart = operation_ && operation_->kind == OperationKind::Restart;
  const bool isAsked = isRestart && operation_->cause.kind != kReadinessCause;
  post(LifecycleEvent::RestartDue, isAsked ? operation_->cause : "restart-policy",
       isAsked ? "started again, as asked" : "started again by the restart policy");
}

net::awaitable<void> Supervisor::changeGuest(RunnerChange change, Cause cause) {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  auto changed = co_await ports_.runner.change(paths_.runnerSocket(), change);
  if (run != runNumber_) co_return;
  if (changed && change == RunnerChange::Pause) {
    post(LifecycleEvent::RunnerPaused, std::move(cause), "the guest is paused");
  } else if (changed) {
    post(LifecycleEvent::RunnerRunning, std::move(cause), "the guest goes on");
  } else if (!isCancelled(changed.error())) {
    post(LifecycleEvent::ChangeFailed, "runner", changed.error().detail);
  }
}

net::awaitable<void> Supervisor::observe(RunnerChange change, Cause cause) {
  const auto self = shared_from_this();
  const Cause asker = cause;
  if (change == RunnerChange::Stop || change == RunnerChange::HardStop) {
    const bool isHard = change == RunnerChange::HardStop;
    std::vector<VmEvent> events;
    events.push_back(newEvent(isHard ? "vm.hard-stop" : "vm.power-button", std::move(cause),
                              "asked through the runner's own socket"));
    auto kept = co_await ports_.store.append(std::move(events));
    if (!kept) logWarn(asker, "cannot record an event vm={} error={}", vm_.definition.name, kept.error().detail);
    co_return;
  }
  Mail mail;
  mail.event = change == RunnerChange::Pause ? LifecycleEvent::RunnerPaused : LifecycleEvent::RunnerRunning;
  mail.cause = std::move(cause);
  mail.detail = change == RunnerChange::Pause ? "paused through the runner's own socket"
                                              : "resumed through the runner's own socket";
  mail.run = runNumber_;
  auto settled = co_await deliver(std::move(mail));
  if (!settled) logWarn(asker, "not observed vm={} error={}", vm_.definition.name, settled.error().detail);
}

/// Probes look while the guest runs. The watch goes with the run.
void Supervisor::tendReadiness(Acquaintance acquaintance) {
  if (vm_.state != State::Running) {
    if (readiness_) readiness_->rest();
    return;
  }
  if (!readiness_ && !vm_.definition.readiness.empty()) {
    const Definition& running = vm_.launched ? *vm_.launched : vm_.definition;
    ReadinessSubject subject{vm_.definition.name, paths_, vm_.definition.readiness, running.vsock, vm_.stateSince};
    ReadinessWatch::Listener listener;
    listener.onChange = [this] { refreshConditions(kReadinessCause); };
    listener.onFailure = [this](const Probe& probe, const ProbeState& state) {
      auto detail = fmt::format("{} failed {} times: {}", conditionOf(probe.sign), state.bad, state.message);
      tasks_.spawn("restart of " + vm_.definition.name, restartUnready(std::move(detail)));
    };
    const ReadinessPorts ports{ports_.executor, ports_.probes, ports_.runner, ports_.shims, ports_.files, ports_.logs};
    readiness_ = std::make_unique<ReadinessWatch>(ports, std::move(subject), acquaintance, std::move(listener));
  }
  if (readiness_) readiness_->look();
}

/// Without probes the conditions say what the state says, whose changes are events already.
void Supervisor::refreshConditions(Cause cause) {
  if (vm_.definition.readiness.empty()) return conditions_.clear();
  const auto states = readiness_ ? readiness_->states() : std::vector<ProbeState>();
  const auto before = std::exchange(conditions_, {});
  conditions_ = carriedOver(before, conditionsOf(vm_, states, now()));
  if (conditions_ == before || removed_) return;
  snapshot_.reset();
  changed_.notifyAll();
  std::vector<VmEvent> events;
  for (const VmCondition& condition : changesOf(before, conditions_)) {
    if (condition.type == "Running") continue;
    events.push_back(
        newEvent("vm.condition", cause,
                 fmt::format("{} is {}: {}", condition.type, toText(condition.status), condition.message)));
    logInfo(cause.requestId.empty() ? behalf() : cause, "condition vm={} type={} status={} message=\"{}\"",
            vm_.definition.name, condition.type, toText(condition.status), condition.message);
  }
  if (!events.empty()) tasks_.spawn("conditions of " + vm_.definition.name, keepEvents(std::move(events)));
}

net::awaitable<void> Supervisor::keepEvents(std::vector<VmEvent> events) {
  const auto self = shared_from_this();
  const Cause cause = events.front().cause;
  auto kept = co_await ports_.store.append(std::move(events));
  if (!kept) logWarn(cause, "cannot record an event vm={} error={}", vm_.definition.name, kept.error().detail);
}

net::awaitable<void> Supervisor::restartUnready(std::string detail) {
  const auto self = shared_from_this();
  Mail mail;
  mail.event = LifecycleEvent::RestartAsked;
  mail.cause = kReadinessCause;
  mail.detail = std::move(detail);
  mail.stop = vm_.definition.stop;
  mail.run = runNumber_;
  auto asked = co_await deliver(std::move(mail));
  if (!asked) logWarn("not restarted vm={} error={}", vm_.definition.name, asked.error().detail);
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
      if (!asked) logWarn(behalf(), "hard stop not taken vm={} error={}", vm_.definition.name, asked.error().detail);
      break;
    }
    case Rung::Kill:
      co_await killRunner();
      break;
  }
  if (!step.wait) co_return;
  auto waited = co_await awaitRungsEnd(deadline.left());
  if (waited && run == runNumber_) post(LifecycleEvent::RungExpired, "daemon", "");
}

/// Also looks for a runner that says Stopped and does not end: the ladder then goes straight to its last rung.
Task<void> Supervisor::awaitRungsEnd(Milliseconds wait) {
  const Deadline deadline(wait);
  std::optional<Deadline> stuck;
  while (!deadline.isOver()) {
    auto paused = co_await pause(std::min(kStuckPoll, deadline.left()));
    if (!paused) co_return std::move(paused).error();
    auto state = co_await ports_.runner.state(paths_.runnerSocket());
    if (!state && isCancelled(state.error())) co_return std::move(state).error();
    if (!state || !hasRun_ || *state != RunnerState::Stopped) {
      stuck.reset();
    } else if (!stuck) {
      stuck.emplace(kStuckLimit);
    } else if (stuck->isOver()) {
      co_await note("vm.runner-stuck", "the guest has stopped and its runner has not; it is killed");
      rung_ = RungStep{Rung::HardStop, false, std::nullopt};
      break;
    }
  }
  co_return Result<void>();
}

net::awaitable<void> Supervisor::pressPowerButton(Milliseconds limit) {
  const Deadline deadline(limit);
  // A runner that is just starting does not listen yet, or has no guest that could hear.
  while (!deadline.isOver()) {
    auto state = co_await ports_.runner.state(paths_.runnerSocket());
    const bool isPaused = state && *state == RunnerState::Paused;
    if (isPaused) {
      auto resumed = co_await ports_.runner.change(paths_.runnerSocket(), RunnerChange::Resume);
      if (!resumed)
        logWarn(behalf(), "resume before stop not taken vm={} error={}", vm_.definition.name, resumed.error().detail);
    }
    auto asked = co_await ports_.runner.change(paths_.runnerSocket(), RunnerChange::Stop);
    if (asked) {
      std::string detail =
          isPaused ? "the guest was resumed and asked to power off" : "the guest was asked to power off";
      co_await note("vm.power-button", std::move(detail));
      co_return;
    }
    if (isCancelled(asked.error())) co_return;
    logDebug(behalf(), "power button not taken yet vm={} error={}", vm_.definition.name, asked.error().detail);
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
  logWarn(behalf(), "kill through the shim not taken vm={} error={}", vm_.definition.name, killed.error().detail);
}

net::awaitable<void> Supervisor::keepBlackBox(ExitRecord exit) {
  const auto self = shared_from_this();
  EventQuery query;
  query.filter.vmId = vm_.id;
  query.newest = true;
  query.limit = kEventsInBlackBox;
  auto events = co_await ports_.store.events(std::move(query));
  BlackBox box;
  box.vm = vm_;
  box.exit = std::move(exit);
  box.argv = argv_;
  if (events) box.events = std::move(events->events);
  auto job = [box = std::move(box), paths = paths_, logs = &ports_.logs] { return writeBlackBox(paths, box, *logs); };
  auto written = co_await ports_.files.run(std::move(job));
  if (!written) {
    logWarn(behalf(), "no black box kept vm={} error={}", vm_.definition.name, written.error().detail);
    co_return;
  }
  std::vector<VmEvent> news;
  news.push_back(newEvent("vm.black-box", "daemon", "microvmctl postmortem " + vm_.definition.name + " tells more"));
  auto kept = co_await ports_.store.append(std::move(news));
  if (!kept) logWarn(behalf(), "cannot record an event vm={} error={}", vm_.definition.name, kept.error().detail);
}

net::awaitable<void> Supervisor::note(std::string type, std::string detail) {
  if (operation_) operations_.step(operation_->id, detail);
  co_await record(std::move(type), stopCause_, std::move(detail));
}

net::awaitable<void> Supervisor::record(std::string type, Cause cause, std::string detail) {
  std::vector<VmEvent> events;
  events.push_back(newEvent(std::move(type), std::move(cause), std::move(detail)));
  auto kept = co_await ports_.store.append(std::move(events));
  if (!kept) logWarn(behalf(), "cannot record an event vm={} error={}", vm_.definition.name, kept.error().detail);
}

}  // namespace microvm
