// What the supervisor does: launch, watch, stop. Nothing here changes the VM's state; outcomes are posted as events.
#include <utility>

#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/service/records/black_box.hpp"
#include "daemon/service/records/vm_files.hpp"
#include "daemon/service/supervisor.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kFirstPoll{5};
constexpr Milliseconds kSlowestPoll{50};
constexpr std::size_t kEventsInBlackBox = 50;

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
  stop_.reset();
  readiness_.reset();
  setProcesses(std::nullopt);
  consoleWatch_.reset();
  console_.reset();
  endReason_.reset();
  hardStop_.reset();
  lateStop_.reset();
  adopting_ = false;
}

net::awaitable<void> Supervisor::launch() {
  const auto self = shared_from_this();
  const auto run = runNumber_;
  auto status = co_await launchRunner();
  if (run != runNumber_) co_return;
  if (!status) {
    if (!isCancelled(status.error())) post(LifecycleEvent::LaunchFailed, "runner", status.error().detail);
    co_return;
  }
  watch(*status);
  tendShim();
  run_->spawn("readiness " + vm_.definition.name, watchReadiness());
  ladder().reach(RunStage::RunnerThere);
}

Task<ShimStatus> Supervisor::launchRunner() {
  auto job = [paths = paths_, definition = vm_.launched ? *vm_.launched : vm_.definition,
              runner = &ports_.runner]() -> Result<Argv> {
    forgetArgv(paths);
    auto argv = runner->commandLine(definition, paths);  // may ask the runner's program what it is
    if (!argv) return argv;
    if (auto prepared = prepareLaunch(paths, definition); !prepared) return std::move(prepared).error();
    if (auto noted = noteArgv(paths, *argv); !noted) return std::move(noted).error();
    return argv;
  };
  argv_.clear();
  auto argv = co_await ports_.files.run(std::move(job));
  if (!argv) co_return std::move(argv).error();
  argv_ = *argv;
  shimStop_ = vm_.definition.stop;
  ShimSettings settings(vm_.definition.console, shimStop_);
  settings.helpers = helpersOf(vm_.definition);
  auto status = co_await ports_.shims.launch(vm_.id, paths_, std::move(*argv), settings);
  co_return status;
}

/// The shim stops its VM by itself when the host ends it, so it has to know how that is done by now.
void Supervisor::tendShim() {
  if (!view().shimPid || vm_.definition.stop == shimStop_) return;
  shimStop_ = vm_.definition.stop;
  run_->spawn("stop settings of " + vm_.definition.name, tellShim(shimStop_));
}

net::awaitable<void> Supervisor::tellShim(StopSettings stop) {
  const auto self = shared_from_this();
  auto told = co_await ports_.shims.setStop(paths_, stop);
  const bool isTold = told || isCancelled(told.error());
  const bool isOver = !told && told.error().code == Errc::Unreachable;  // with its VM
  if (isTold || isOver) co_return;
  logWarn(behalf(), "at the host's shutdown the VM stops as it was started vm={} error={}", vm_.definition.name,
          told.error().detail);
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
  watchConsole();
  changed_.notifyAll();
}

void Supervisor::watchConsole() {
  ConsoleWatch::Listener listener;
  listener.onNews = [this](ConsoleNews news) {
    console_ = std::move(news);
    snapshot_.reset();
  };
  listener.onTruncation = [this](std::string detail) {
    return record("vm.console-truncated", "guest", std::move(detail));
  };
  ConsoleWatchSubject subject{vm_.definition.name, paths_};
  consoleWatch_ =
      std::make_unique<ConsoleWatch>(ports_.executor, ports_.shims, std::move(subject), std::move(listener));
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
  if (endReason_) mail.cause = "daemon";
  if (record->isHostStop) mail.cause = kHostShutdown;
  if (vm_.state == State::Stopping) mail.cause = ladder().cause();
  if (hardStop_ && record->code == 0) {
    mail.cause = *hardStop_;
    record->reason = "the guest was ended by a hard stop";
  }
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
  post(LifecycleEvent::StartOverdue, "daemon", *endReason_);
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
    std::string type = isHard ? "vm.hard-stop" : "vm.power-button";
    co_return co_await record(std::move(type), std::move(cause), "asked through the runner's own socket");
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

GuestStop& Supervisor::ladder() {
  if (stop_) return *stop_;
  GuestStop::Listener listener;
  listener.note = [this](std::string type, std::string detail) { return noteStop(std::move(type), std::move(detail)); };
  listener.onExpiry = [this] { post(LifecycleEvent::RungExpired, "daemon", ""); };
  const GuestStopPorts ports{ports_.executor, ports_.runner, ports_.shims, settings_.stuckLimit};
  GuestStopSubject subject{vm_.definition.name, paths_};
  stop_ = std::make_unique<GuestStop>(ports, std::move(subject), std::move(listener));
  return *stop_;
}

Milliseconds Supervisor::stopTimeout() const {
  return stop_ ? stop_->settings().timeout : vm_.definition.stop.timeout;
}

void Supervisor::escalateStop() {
  if (ladder().escalate()) return;
  post(
      LifecycleEvent::StopGivenUp, "daemon",
      fmt::format("the guest did not power off in {} and the stop was not to escalate", formatDuration(stopTimeout())));
}

net::awaitable<void> Supervisor::noteStop(std::string type, std::string detail) {
  const auto self = shared_from_this();
  if (operation_) operations_.step(operation_->id, detail);
  if (type == "vm.hard-stop") hardStop_ = ladder().cause();
  co_await record(std::move(type), ladder().cause(), std::move(detail));
}

net::awaitable<void> Supervisor::keepBlackBox(ExitRecord exit, Argv argv) {
  const auto self = shared_from_this();
  EventQuery query;
  query.filter.vmId = vm_.id;
  query.newest = true;
  query.limit = kEventsInBlackBox;
  auto events = co_await ports_.store.events(std::move(query));
  BlackBox box;
  box.vm = vm_;
  box.exit = std::move(exit);
  box.argv = std::move(argv);
  if (events) box.events = std::move(events->events);
  auto job = [box = std::move(box), paths = paths_, logs = &ports_.logs] { return writeBlackBox(paths, box, *logs); };
  auto written = co_await ports_.files.run(std::move(job));
  if (!written) {
    logWarn(behalf(), "no black box kept vm={} error={}", vm_.definition.name, written.error().detail);
    co_return;
  }
  co_await record("vm.black-box", "daemon", "microvmctl postmortem " + vm_.definition.name + " tells more");
}

net::awaitable<void> Supervisor::record(std::string type, Cause cause, std::string detail) {
  std::vector<VmEvent> events;
  events.push_back(newEvent(std::move(type), std::move(cause), std::move(detail)));
  co_await keepEvents(std::move(events));
}

net::awaitable<void> Supervisor::keepEvents(std::vector<VmEvent> events) {
  const auto self = shared_from_this();
  const Cause cause = events.front().cause;
  auto kept = co_await ports_.store.append(std::move(events));
  if (!kept) logWarn(cause, "cannot record an event vm={} error={}", vm_.definition.name, kept.error().detail);
}

VmEvent Supervisor::newEvent(std::string type, Cause cause, std::string detail) const {
  return eventOf(vm_, std::move(type), std::move(cause), std::move(detail), now());
}

}  // namespace microvm
