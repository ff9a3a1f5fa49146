#include "daemon/service/readiness/readiness_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/console/pattern.hpp"
#include "api/core/text.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/service/readiness/console_listener.hpp"
#include "daemon/service/readiness/watch_state.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kRetry{100};
constexpr Milliseconds kSlowestRetry{1'000};

bool looksSame(const ProbeState& left, const ProbeState& right) {
  return left.status == right.status && left.reason == right.reason && left.message == right.message;
}

Task<std::string> askRunner(Runner& runner, std::string socket, Milliseconds limit) {
  auto state = co_await runner.state(std::move(socket), limit);
  if (!state) co_return std::move(state).error();
  if (*state == RunnerState::Running) co_return std::string("the runner says that the guest runs");
  co_return Error{Errc::RunnerFailed, "the runner does not say that the guest runs", {}, {}};
}

/// The look that a sign wants. Consoles have none.
class Looker {
public:
  Looker(const ReadinessPorts& ports, const ReadinessSubject& subject, Milliseconds limit)
      : ports_(ports), subject_(subject), limit_(limit) {}

  Task<std::string> operator()(const RunnerSign&) const {
    return askRunner(ports_.runner, subject_.paths.runnerSocket(), limit_);
  }
  Task<std::string> operator()(const ConsoleSign&) const { return nothing(); }
  Task<std::string> operator()(const VsockSign& sign) const {
    const auto found = std::find_if(subject_.vsock.begin(), subject_.vsock.end(),
                                    [&](const VsockPort& each) { return each.port == sign.port; });
    if (found == subject_.vsock.end()) return nothing();
    return ports_.probes.vsock(vsockSocketOf(*found, subject_.paths.runFolder), limit_);
  }
  Task<std::string> operator()(const TcpSign& sign) const { return ports_.probes.tcp(sign.address, limit_); }
  Task<std::string> operator()(const HttpSign& sign) const { return ports_.probes.http(sign.url, limit_); }

private:
  static Task<std::string> nothing() {
    co_return Error{Errc::NotFound, "the VM was started without this port", {}, {}};
  }

  const ReadinessPorts& ports_;
  const ReadinessSubject& subject_;
  Milliseconds limit_;
};

Look lookOf(const Error& error) {
  return Look{false, error.detail};
}

Look lookOf(const Result<std::string>& seen) {
  return seen ? Look{true, *seen} : lookOf(seen.error());
}

/// Whether there is no console to be heard, and none to come in this run.
bool isLasting(const Error& error) {
  return error.code == Errc::Cancelled || error.code == Errc::NotFound || error.code == Errc::WrongState;
}

}  // namespace

void ReadinessWatch::State::set(std::size_t index, ProbeState next) {
  const ProbeState before = std::exchange(probes[index], std::move(next));
  if (listener.onChange && !looksSame(before, probes[index])) listener.onChange();
}

void ReadinessWatch::State::note(std::size_t index, Look look) {
  const Probe& probe = subject.readiness[index];
  set(index, afterLook(probes[index], probe.timing, std::move(look)));
  const bool isDue = probe.onFailure == OnProbeFailure::Restart && isFailureDue(probes[index], probe.timing);
  if (isDue && listener.onFailure) listener.onFailure(probe, probes[index]);
}

net::awaitable<void> ReadinessWatch::State::keepLooking(std::shared_ptr<State> state, std::size_t index) {
  const auto round = state->round;
  const Probe& probe = state->subject.readiness[index];
  const auto since = std::chrono::duration_cast<Milliseconds>(now() - state->subject.runsSince);
  // The clock of the host may have been set meanwhile.
  Milliseconds wait = std::clamp(probe.timing.initialDelay - since, Milliseconds(0), probe.timing.initialDelay);
  const Looker looker(state->ports, state->subject, probe.timing.timeout);
  while (true) {
    auto paused = co_await pause(wait);
    if (!paused || round != state->round) co_return;
    auto looking = std::visit(looker, probe.sign);
    auto seen = co_await std::move(looking);
    const bool isGivenUp = !seen && seen.error().code == Errc::Cancelled;
    if (isGivenUp || round != state->round) co_return;
    state->note(index, lookOf(seen));
    if (round != state->round) co_return;
    wait = untilNextLook(state->probes[index], probe.timing);
  }
}

net::awaitable<void> ReadinessWatch::State::listen(std::shared_ptr<State> state, std::size_t index) {
  const auto round = state->round;
  const auto& ports = state->ports;
  auto pattern =
      Pattern::compile("readiness.console", std::get<ConsoleSign>(state->subject.readiness[index].sign).pattern);
  if (!pattern) co_return state->note(index, lookOf(pattern.error()));
  ConsoleListener listener(ports.shims, ports.files, ports.logs, state->subject.paths, std::move(*pattern));
  auto begun = co_await listener.begin();
  if (round != state->round) co_return;
  if (!begun) co_return state->note(index, lookOf(begun.error()));
  for (Milliseconds delay = kRetry;; delay = std::min(delay * 2, kSlowestRetry)) {
    std::function<void()> onPast = [state, index, round] {
      const bool isOpen = state->probes[index].status == ConditionStatus::Unknown;
      if (round == state->round && isOpen) state->set(index, freshProbe());
    };
    auto matched = co_await listener.follow(std::move(onPast));
    if (round != state->round) co_return;
    if (matched && !*matched) co_return;  // the run has ended
    if (matched) co_return state->note(index, Look{true, "the console said " + inQuotes(listener.line())});
    state->note(index, lookOf(matched.error()));
    if (isLasting(matched.error())) co_return;
    auto paused = co_await pause(delay);
    if (!paused || round != state->round) co_return;
  }
}

ReadinessWatch::ReadinessWatch(const ReadinessPorts& ports, ReadinessSubject subject, Acquaintance acquaintance,
                               Listener listener)
    : state_(std::make_shared<State>(ports, std::move(subject), std::move(listener))), tasks_(ports.executor) {
  state_->probes.assign(state_->subject.readiness.size(),
                        acquaintance == Acquaintance::Fresh ? freshProbe() : adoptedProbe());
}

ReadinessWatch::~ReadinessWatch() {
  state_->listener = {};
  rest();
}

void ReadinessWatch::look() {
  if (std::exchange(isLooking_, true)) return;
  for (std::size_t i = 0; i < state_->probes.size(); ++i) {
    const Sign& sign = state_->subject.readiness[i].sign;
    const bool isConsole = std::holds_alternative<ConsoleSign>(sign);
    if (isConsole && state_->probes[i].status == ConditionStatus::True) continue;
    auto work = isConsole ? State::listen(state_, i) : State::keepLooking(state_, i);
    tasks_.spawn(fmt::format("probe {} of {}", memberOf(sign), state_->subject.name), std::move(work));
  }
}

void ReadinessWatch::rest() {
  isLooking_ = false;
  ++state_->round;
  tasks_.cancel();
}

const std::vector<ProbeState>& ReadinessWatch::states() const {
  return state_->probes;
}

}  // namespace microvm
