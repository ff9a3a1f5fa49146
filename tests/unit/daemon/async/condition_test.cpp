#include "daemon/async/condition.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"

using namespace microvm;

namespace {

/// Nothing for a notification, else the error's kind.
using Outcome = std::optional<Errc>;

net::awaitable<void> await(Condition* condition, std::optional<Milliseconds> limit, std::vector<Outcome>* log) {
  auto pending = limit ? condition->wait(*limit) : condition->wait();
  const auto waited = co_await std::move(pending);
  if (waited) {
    log->emplace_back();
  } else {
    log->emplace_back(waited.error().code);
  }
}

}  // namespace

TEST_CASE("a notification wakes every waiter and no later one") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  Condition condition(context.get_executor());
  std::vector<Outcome> log;
  group.spawn("a", await(&condition, std::nullopt, &log));
  group.spawn("b", await(&condition, Milliseconds(60'000), &log));
  context.poll();

  condition.notifyAll();
  group.spawn("late", await(&condition, Milliseconds(5), &log));
  context.run();

  CHECK(log == std::vector<Outcome>{std::nullopt, std::nullopt, Errc::Timeout});
}

TEST_CASE("a condition that goes away ends its waits as cancelled") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  auto condition = std::make_unique<Condition>(context.get_executor());
  std::vector<Outcome> log;
  group.spawn("a", await(condition.get(), std::nullopt, &log));
  context.poll();

  condition.reset();
  context.run();

  CHECK(log == std::vector<Outcome>{Errc::Cancelled});
}
