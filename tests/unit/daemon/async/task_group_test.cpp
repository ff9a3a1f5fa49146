#include "daemon/async/task_group.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/timing.hpp"

using namespace microvm;

namespace {

net::awaitable<void> note(std::vector<std::string>* log, std::string text) {
  log->push_back(std::move(text));
  co_return;
}

net::awaitable<void> waitLong(std::vector<std::string>* log) {
  const auto waited = co_await pause(Milliseconds(60'000));
  log->push_back(waited ? "slept" : "cancelled");
}

net::awaitable<void> fail() {
  throw std::runtime_error("on purpose");
  co_return;
}

net::awaitable<void> joinThenNote(TaskGroup* group, std::vector<std::string>* log) {
  co_await group->join();
  log->push_back("joined");
}

}  // namespace

TEST_CASE("a task group runs its members and join ends when none is left") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  TaskGroup outer(context.get_executor());
  std::vector<std::string> log;

  group.spawn("a", note(&log, "a"));
  group.spawn("b", note(&log, "b"));
  outer.spawn("join", joinThenNote(&group, &log));
  context.run();

  CHECK(log == std::vector<std::string>{"a", "b", "joined"});
  CHECK(group.size() == 0);
}

TEST_CASE("cancelling a task group ends a pending wait as cancelled") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  std::vector<std::string> log;
  group.spawn("wait", waitLong(&log));
  context.poll();

  group.cancel();
  context.run();

  CHECK(log == std::vector<std::string>{"cancelled"});
}

TEST_CASE("an exception that leaves a member does not end the others") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  std::vector<std::string> log;

  group.spawn("bad", fail());
  group.spawn("good", note(&log, "good"));
  context.run();

  CHECK(log == std::vector<std::string>{"good"});
}

TEST_CASE("cancelling from outside the loop is safe when the member is about to end anyway") {
  net::io_context context(1);
  std::vector<std::string> log;
  {
    TaskGroup group(context.get_executor());
    group.spawn("short", note(&log, "ended"));
    context.run_one();
  }
  context.run();

  CHECK(log == std::vector<std::string>{"ended"});
}
