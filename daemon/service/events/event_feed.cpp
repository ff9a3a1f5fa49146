#include "daemon/service/events/event_feed.hpp"

#include <algorithm>
#include <utility>

#include "daemon/async/deadline.hpp"

namespace microvm {
namespace {

constexpr std::size_t kAtHand = 512;

}  // namespace

EventFeed::EventFeed(net::any_io_executor executor, Store& store) : store_(store), arrived_(std::move(executor)) {
  store_.listen(this, [this](const std::vector<VmEvent>& events) { take(events); });
}

EventFeed::~EventFeed() {
  store_.endListening(this);
}

void EventFeed::take(const std::vector<VmEvent>& events) {
  const bool follows = recent_.empty() || events.front().sequence == recent_.back().sequence + 1;
  if (!follows) recent_.clear();
  recent_.insert(recent_.end(), events.begin(), events.end());
  if (recent_.size() > kAtHand) {
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(kAtHand));
  }
  arrived_.notifyAll();
}

bool EventFeed::isAtHand(const EventQuery& query) const {
  return !query.newest && !recent_.empty() && query.after + 1 >= recent_.front().sequence &&
         query.after <= recent_.back().sequence;
}

EventPage EventFeed::readAtHand(const EventQuery& query) const {
  EventPage page;
  page.oldest = recent_.front().sequence;
  page.newest = recent_.back().sequence;
  page.reached = query.after;
  auto next = recent_.begin() + static_cast<std::ptrdiff_t>(query.after + 1 - page.oldest);
  for (; next != recent_.end() && page.events.size() < query.limit; ++next) {
    page.reached = next->sequence;
    if (query.filter.matches(*next)) page.events.push_back(*next);
  }
  return page;
}

Task<EventPage> EventFeed::read(EventQuery query) {
  if (isAtHand(query)) co_return readAtHand(query);
  co_return co_await store_.events(std::move(query));
}

Task<void> EventFeed::wait(std::uint64_t after, Milliseconds limit) {
  const Deadline deadline(limit);
  while (recent_.empty() || recent_.back().sequence <= after) {
    auto arrived = co_await arrived_.wait(deadline.left());
    if (!arrived) co_return arrived;
  }
  co_return Result<void>();
}

}  // namespace microvm
