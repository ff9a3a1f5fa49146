// A poll loop with timers. One thread; callbacks may change the loop.
#pragma once
#include <chrono>
#include <functional>
#include <map>

namespace microvm::scripted {

class Loop {
public:
  using Clock = std::chrono::steady_clock;
  using Ready = std::function<void(short)>;

  /// Calls `ready` with the events that came; replaces an earlier watch of the same descriptor.
  void watch(int fd, short events, Ready ready);
  void setEvents(int fd, short events);
  void unwatch(int fd);
  void after(Clock::duration delay, std::function<void()> action);
  /// Runs until stop().
  void run();
  void stop() { running_ = false; }

private:
  struct Watch {
    short events;
    Ready ready;
  };
  [[nodiscard]] int patience() const;
  void fireTimers();
  void pollOnce();

  bool running_ = true;
  std::map<int, Watch> watches_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
};

}  // namespace microvm::scripted
