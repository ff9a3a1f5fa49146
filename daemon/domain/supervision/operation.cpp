#include "daemon/domain/supervision/operation.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace microvm {
namespace {

using A = Arbitration;
using K = OperationKind;

template <class T>
struct Word {
  T value;
  std::string_view text;
};

constexpr std::array<Word<K>, 6> kKinds{{{K::Start, "start"},
                                         {K::Stop, "stop"},
                                         {K::Kill, "kill"},
                                         {K::Pause, "pause"},
                                         {K::Resume, "resume"},
                                         {K::Restart, "restart"}}};
constexpr std::array<Word<OperationState>, 4> kStates{{{OperationState::Running, "running"},
                                                       {OperationState::Succeeded, "succeeded"},
                                                       {OperationState::Failed, "failed"},
                                                       {OperationState::Cancelled, "cancelled"}}};

/// Row: under way; column: asked. Both in the order of OperationKind.
constexpr A kArbitration[kKinds.size()][kKinds.size()] = {
    // start  stop         kill         pause    resume   restart
    {A::Join, A::Overtake, A::Overtake, A::Busy, A::Busy, A::Busy},  // start
    {A::Busy, A::Join, A::Overtake, A::Busy, A::Busy, A::Busy},      // stop
    {A::Busy, A::Join, A::Join, A::Busy, A::Busy, A::Busy},          // kill
    {A::Busy, A::Overtake, A::Overtake, A::Join, A::Busy, A::Busy},  // pause
    {A::Busy, A::Overtake, A::Overtake, A::Busy, A::Join, A::Busy},  // resume
    {A::Busy, A::Overtake, A::Overtake, A::Busy, A::Busy, A::Join},  // restart
};

struct Beginning {
  K kind;
  LifecycleEvent event;
};
constexpr std::array<Beginning, kKinds.size()> kBeginnings{{{K::Start, LifecycleEvent::StartAsked},
                                                            {K::Stop, LifecycleEvent::StopAsked},
                                                            {K::Kill, LifecycleEvent::KillAsked},
                                                            {K::Pause, LifecycleEvent::PauseAsked},
                                                            {K::Resume, LifecycleEvent::ResumeAsked},
                                                            {K::Restart, LifecycleEvent::RestartAsked}}};

template <class T, std::size_t N>
std::string_view wordOf(const std::array<Word<T>, N>& words, T value) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.value == value; });
  return found == words.end() ? std::string_view() : found->text;
}

template <class T, std::size_t N>
std::optional<T> valueOf(const std::array<Word<T>, N>& words, std::string_view text) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.text == text; });
  if (found == words.end()) return std::nullopt;
  return found->value;
}

/// How long the guest has before it is ended without being asked.
Milliseconds graceOf(const StopSettings& stop) {
  return stop.escalate ? stop.timeout : Milliseconds::max();
}

OperationState succeededIf(bool condition) {
  return condition ? OperationState::Succeeded : OperationState::Failed;
}

}  // namespace

Arbitration arbitrate(OperationKind running, OperationKind asked) {
  return kArbitration[static_cast<std::size_t>(running)][static_cast<std::size_t>(asked)];
}

Arbitration arbitrate(const VmOperation& running, OperationKind asked, const std::optional<StopSettings>& stop) {
  const auto byKind = arbitrate(running.kind, asked);
  if (byKind != A::Join || running.kind != asked || !running.stop || !stop) return byKind;
  const bool isEqual = running.stop->timeout == stop->timeout && running.stop->escalate == stop->escalate;
  if (isEqual) return A::Join;
  return asked == K::Stop && graceOf(*stop) < graceOf(*running.stop) ? A::Overtake : A::Busy;
}

std::optional<OperationKind> operationOf(LifecycleEvent event) {
  for (const auto& beginning : kBeginnings) {
    if (beginning.event == event) return beginning.kind;
  }
  return std::nullopt;
}

LifecycleEvent beginningOf(OperationKind kind) {
  return kBeginnings.at(static_cast<std::size_t>(kind)).event;
}

std::optional<OperationState> outcomeOf(OperationKind kind, LifecycleEvent event, State before, State after) {
  using E = LifecycleEvent;
  const bool endsVm = kind == K::Stop || kind == K::Kill;
  if (event == E::StopGivenUp || event == E::ChangeFailed) return OperationState::Failed;
  if (event == E::RunnerRunning || event == E::RunnerPaused) {
    if (endsVm) return std::nullopt;
    return succeededIf((kind == K::Pause) == (after == State::Paused) || kind == K::Start);
  }
  if (after == State::Stopped) return succeededIf(endsVm);
  if (after == State::Restarting && !(kind == K::Restart && before == State::Stopping)) return succeededIf(endsVm);
  if (event == E::DeleteAsked) return OperationState::Cancelled;
  return std::nullopt;
}

Error busyError(const VmOperation& operation, OperationKind asked) {
  return Error{Errc::Busy,
               fmt::format("VM {} cannot {} now: the operation {} ({}) is under way", operation.vmName, toText(asked),
                           operation.id, toText(operation.kind)),
               fmt::format("microvmctl op wait {}", operation.id),
               {}};
}

std::string_view toText(OperationKind kind) {
  return wordOf(kKinds, kind);
}

std::string_view toText(OperationState state) {
  return wordOf(kStates, state);
}

std::optional<OperationKind> parseOperationKind(std::string_view text) {
  return valueOf(kKinds, text);
}

std::optional<OperationState> parseOperationState(std::string_view text) {
  return valueOf(kStates, text);
}

}  // namespace microvm
