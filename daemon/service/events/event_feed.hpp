// Events for those who follow them: a reader is a place in the sequence, and comes for what is after it when it has
// time. Nothing is queued for anybody.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// The newest few are at hand, so that many readers who are up to date do not each ask the store. Main thread only.
class EventFeed {
public:
  /// Listens to the store, which outlives it.
  EventFeed(net::any_io_executor executor, Store& store);
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  /// As Store::events().
  Task<EventPage> read(EventQuery query);
  /// Ends when there is an event after this one; Errc::Timeout after the limit.
  Task<void> wait(std::uint64_t after, Milliseconds limit);

private:
  void take(const std::vector<VmEvent>& events);
  [[nodiscard]] bool isAtHand(const EventQuery& query) const;
  [[nodiscard]] EventPage readAtHand(const EventQuery& query) const;

  Store& store_;
  std::deque<VmEvent> recent_;  // without a hole
  Condition arrived_;
};

}  // namespace microvm
