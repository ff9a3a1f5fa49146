#include "daemon/service/run/guest_stop.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/core/logging.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/timing.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kPressAgain{100};

bool isCancelled(const Error& error) {
  return error.code == Errc::Cancelled;
}

}  // namespace

struct GuestStop::State {
  State(const GuestStopPorts& ports_, GuestStopSubject subject_, Listener listener_)
      : ports(ports_), subject(std::move(subject_)), listener(std::move(listener_)) {}

  static net::awaitable<void> climb(std::shared_ptr<State> state, std::uint64_t climbed, RungStep step);
  net::awaitable<void> take(Rung next, std::uint64_t climbed, Milliseconds limit);
  net::awaitable<void> pressPowerButton(std::uint64_t climbed, Milliseconds limit);
  net::awaitable<void> endGuest(std::uint64_t climbed);
  net::awaitable<void> killRunner(std::uint64_t climbed);
  Task<void> awaitEnd(std::uint64_t climbed, Milliseconds wait);
  net::awaitable<void> note(std::uint64_t climbed, std::string type, std::string detail);

  const GuestStopPorts ports;
  const GuestStopSubject subject;
  const Listener listener;
  Cause cause;
  StopSettings settings;
  std::optional<RungStep> rung;
  RunStage stage = RunStage::RunnerThere;
  std::uint64_t climbs = 0;  // a task of an earlier one has nothing to say any more
};

net::awaitable<void> GuestStop::State::climb(std::shared_ptr<State> state, std::uint64_t climbed, RungStep step) {
  if (climbed != state->climbs) co_return;
  const Deadline deadline(step.wait.value_or(Milliseconds(0)));
  co_await state->take(step.rung, climbed, deadline.left());
  if (!step.wait) co_return;
  auto waited = co_await state->awaitEnd(climbed, deadline.left());
  if (waited && climbed == state->climbs) state->listener.onExpiry();
}

net::awaitable<void> GuestStop::State::take(Rung next, std::uint64_t climbed, Milliseconds limit) {
  switch (next) {
    case Rung::PowerButton:
      co_await pressPowerButton(climbed, limit);
      break;
    case Rung::HardStop:
      co_await endGuest(climbed);
      break;
    case Rung::Kill:
      co_await killRunner(climbed);
      break;
  }
}

net::awaitable<void> GuestStop::State::pressPowerButton(std::uint64_t climbed, Milliseconds limit) {
  const Deadline deadline(limit);
  const auto socket = subject.paths.runnerSocket();
  // A runner that is just starting does not listen yet, or has no guest that could hear.
  while (!deadline.isOver()) {
    auto seen = co_await ports.runner.state(socket);
    const bool isPaused = seen && *seen == RunnerState::Paused;
    if (isPaused) {
      auto resumed = co_await ports.runner.change(socket, RunnerChange::Resume);
      if (!resumed) logWarn(cause, "resume before stop not taken vm={} error={}", subject.name, resumed.error().detail);
    }
    auto asked = co_await ports.runner.change(socket, RunnerChange::Stop);
    if (asked) {
      std::string detail =
          isPaused ? "the guest was resumed and asked to power off" : "the guest was asked to power off";
      co_return co_await note(climbed, "vm.power-button", std::move(detail));
    }
    if (isCancelled(asked.error())) co_return;
    logDebug(cause, "power button not taken yet vm={} error={}", subject.name, asked.error().detail);
    auto paused = co_await pause(std::min(kPressAgain, deadline.left()));
    if (!paused) co_return;
  }
}

net::awaitable<void> GuestStop::State::endGuest(std::uint64_t climbed) {
  co_await note(climbed, "vm.hard-stop", "the runner is told to end the guest");
  auto asked = co_await ports.runner.change(subject.paths.runnerSocket(), RunnerChange::HardStop);
  if (!asked) logWarn(cause, "hard stop not taken vm={} error={}", subject.name, asked.error().detail);
}

net::awaitable<void> GuestStop::State::killRunner(std::uint64_t climbed) {
  auto killed = co_await ports.shims.kill(subject.paths);
  if (killed) co_return co_await note(climbed, "vm.kill", "the runner was sent SIGKILL");
  // Without a shim the lock is free, and whoever waits for the exit ends the runner that was left behind.
  logWarn(cause, "kill through the shim not taken vm={} error={}", subject.name, killed.error().detail);
}

/// Also looks for a runner that says Stopped and does not end: the ladder then goes straight to its last rung.
Task<void> GuestStop::State::awaitEnd(std::uint64_t climbed, Milliseconds wait) {
  const Deadline deadline(wait);
  std::optional<Deadline> stuck;
  while (!deadline.isOver()) {
    auto paused = co_await pause(std::min(ports.stuckLimit / 2, deadline.left()));
    if (!paused) co_return std::move(paused).error();
    auto seen = co_await ports.runner.state(subject.paths.runnerSocket());
    if (!seen && isCancelled(seen.error())) co_return std::move(seen).error();
    if (!seen || stage != RunStage::GuestRan || *seen != RunnerState::Stopped) {
      stuck.reset();
    } else if (!stuck) {
      stuck.emplace(ports.stuckLimit);
    } else if (stuck->isOver()) {
      co_await note(climbed, "vm.runner-stuck", "the guest has stopped and its runner has not; it is killed");
      if (climbed == climbs) rung = RungStep{Rung::HardStop, std::nullopt};
      break;
    }
  }
  co_return Result<void>();
}

net::awaitable<void> GuestStop::State::note(std::uint64_t climbed, std::string type, std::string detail) {
  if (climbed == climbs) co_await listener.note(std::move(type), std::move(detail));
}

GuestStop::GuestStop(const GuestStopPorts& ports, GuestStopSubject subject, Listener listener)
    : state_(std::make_shared<State>(ports, std::move(subject), std::move(listener))), tasks_(ports.executor) {}

GuestStop::~GuestStop() {
  rest();
}

void GuestStop::reach(RunStage stage) {
  const bool isLaunched = state_->stage == RunStage::Launching && stage != RunStage::Launching;
  state_->stage = stage;
  if (isLaunched && state_->rung) climb(*state_->rung);
}

void GuestStop::begin(const StopSettings& settings, Cause cause) {
  state_->settings = settings;
  state_->cause = std::move(cause);
  climb(firstRung(settings));
}

bool GuestStop::escalate() {
  const auto next = state_->rung ? nextRung(state_->rung->rung, state_->settings) : std::nullopt;
  if (next) climb(*next);
  return next.has_value();
}

void GuestStop::kill(Cause cause) {
  state_->cause = std::move(cause);
  climb(RungStep{Rung::Kill, std::nullopt});
}

void GuestStop::rest() {
  state_->rung.reset();
  ++state_->climbs;
  tasks_.cancel();
}

void GuestStop::climb(RungStep step) {
  rest();
  state_->rung = step;
  if (state_->stage == RunStage::Launching) return;
  tasks_.spawn("stop of " + state_->subject.name, State::climb(state_, state_->climbs, step));
}

const StopSettings& GuestStop::settings() const {
  return state_->settings;
}

const Cause& GuestStop::cause() const {
  return state_->cause;
}

bool GuestStop::isGraceful() const {
  return state_->rung && state_->rung->rung == Rung::PowerButton;
}

}  // namespace microvm
