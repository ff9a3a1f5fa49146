// What a watch and its tasks have in common.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/service/readiness/readiness_watch.hpp"

namespace microvm {

struct ReadinessWatch::State {
  State(const ReadinessPorts& used, ReadinessSubject of, Listener told)
      : ports(used), subject(std::move(of)), listener(std::move(told)) {}

  /// A look of the probe at this place, and what comes of it.
  void note(std::size_t index, Look look);
  /// Tells of it when people could see a difference.
  void set(std::size_t index, ProbeState next);

  const ReadinessPorts ports;
  const ReadinessSubject subject;
  Listener listener;
  std::vector<ProbeState> probes;
  std::uint64_t round = 0;  ///< grows with every look() and rest(): a task of an earlier one has nothing to say

  /// Hears the console until a line matches.
  static net::awaitable<void> listen(std::shared_ptr<State> state, std::size_t index);
  /// Looks again and again.
  static net::awaitable<void> keepLooking(std::shared_ptr<State> state, std::size_t index);
};

}  // namespace microvm
