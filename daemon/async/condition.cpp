#include "daemon/async/condition.hpp"

#include <algorithm>

#include "daemon/async/timer.hpp"

namespace microvm {

struct Condition::Waiter {
  Waiter(const net::any_io_executor& executor, Timer::time_point until) : timer(executor, until) {}
  Timer timer;
  bool notified = false;
};

struct Condition::State {
  net::any_io_executor executor;
  std::vector<std::shared_ptr<Waiter>> waiters;
};

Condition::Condition(net::any_io_executor executor) : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
}

Condition::~Condition() {
  for (const auto& waiter : state_->waiters)
    waiter->timer.cancel();
}

void Condition::notifyAll() {
  for (const auto& waiter : std::exchange(state_->waiters, {})) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

Task<void> Condition::wait(Milliseconds limit) {
  return waitFor(std::make_shared<Waiter>(state_->executor, Timer::clock_type::now() + limit));
}

Task<void> Condition::wait() {
  return waitFor(std::make_shared<Waiter>(state_->executor, Timer::time_point::max()));
}

Task<void> Condition::waitFor(std::shared_ptr<Waiter> waiter) {
  const auto state = state_;
  state->waiters.push_back(waiter);
  auto [ec] = co_await waiter->timer.async_wait(kToken);
  std::erase(state->waiters, waiter);
  if (waiter->notified) co_return Result<void>();
  if (!ec) co_return Error{Errc::Timeout, "nothing happened in time", {}, {}};
  co_return Error{Errc::Cancelled, "the wait was given up", {}, {}};
}

}  // namespace microvm
