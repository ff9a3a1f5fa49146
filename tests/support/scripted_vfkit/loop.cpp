#include "tests/support/scripted_vfkit/loop.hpp"

#include <algorithm>
#include <poll.h>
#include <utility>
#include <vector>

namespace microvm::scripted {

void Loop::watch(int fd, short events, Ready ready) {
  watches_[fd] = Watch{events, std::move(ready)};
}

void Loop::setEvents(int fd, short events) {
  const auto found = watches_.find(fd);
  if (found != watches_.end()) found->second.events = events;
}

void Loop::unwatch(int fd) {
  watches_.erase(fd);
}

void Loop::after(Clock::duration delay, std::function<void()> action) {
  timers_.emplace(Clock::now() + delay, std::move(action));
}

void Loop::run() {
  while (running_) {
    pollOnce();
    fireTimers();
  }
}

int Loop::patience() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

void Loop::fireTimers() {
  while (running_ && !timers_.empty() && timers_.begin()->first <= Clock::now()) {
    const auto action = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    action();
  }
}

void Loop::pollOnce() {
  std::vector<pollfd> polled;
  for (const auto& [fd, watch] : watches_)
    polled.push_back({fd, watch.events, 0});
  if (::poll(polled.data(), polled.size(), patience()) <= 0) return;
  for (const auto& each : polled) {
    const auto found = watches_.find(each.fd);
    if (!running_ || each.revents == 0 || found == watches_.end()) continue;
    const auto ready = found->second.ready;
    ready(each.revents);
  }
}

}  // namespace microvm::scripted
