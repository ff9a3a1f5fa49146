// One coroutine tells others that something changed.
#pragma once
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "api/core/time.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

/// Waiters look at the state they care for, wait(), and look again: a notification carries nothing. One thread only.
class Condition {
public:
  explicit Condition(net::any_io_executor executor);
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// Wakes every waiter.
  void notifyAll();
  /// Ends at the next notifyAll(); Errc::Timeout after the limit; Errc::Cancelled when cancelled or when the condition
  /// is destroyed.
  Task<void> wait(Milliseconds limit);
  /// The same without a limit and without a timer that fires.
  Task<void> wait();

private:
  struct Waiter;
  struct State;
  Task<void> waitFor(std::shared_ptr<Waiter> waiter);

  std::shared_ptr<State> state_;  // shared with waiting coroutines, which may outlive the condition
};

}  // namespace microvm
