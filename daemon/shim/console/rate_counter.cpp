#include "daemon/shim/console/rate_counter.hpp"

#include <algorithm>

namespace microvm::shim {
namespace {

std::int64_t secondOf(RateCounter::Clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

void RateCounter::add(std::uint64_t bytes, Clock::time_point at) {
  const auto second = secondOf(at);
  for (auto stale = std::max(newest_ + 1, second - kSeconds + 1); stale <= second; ++stale)
    slots_[static_cast<std::size_t>(stale % kSeconds)] = 0;
  newest_ = std::max(newest_, second);
  slots_[static_cast<std::size_t>(newest_ % kSeconds)] += bytes;
}

std::uint64_t RateCounter::perSecond(Clock::time_point at) const {
  // The running second is not over yet, so the whole ones before it count.
  const auto running = secondOf(at);
  std::uint64_t sum = 0;
  for (auto second = running - kSeconds + 1; second < running; ++second) {
    if (second >= 0 && second <= newest_ && second > newest_ - kSeconds) {
      sum += slots_[static_cast<std::size_t>(second % kSeconds)];
    }
  }
  return sum / (kSeconds - 1);
}

}  // namespace microvm::shim
