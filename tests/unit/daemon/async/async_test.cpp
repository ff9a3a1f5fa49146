#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"
#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"

using namespace microvm;

namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

net::awaitable<void> note(std::vector<std::string>* log, std::string text) {
  log->push_back(std::move(text));
  co_return;
}

net::awaitable<void> waitLong(std::vector<std::string>* log) {
  const auto waited = co_await pause(Milliseconds(60'000));
  log->push_back(waited ? "slept" : "cancelled");
}

net::awaitable<void> waitPipe(int fd, Milliseconds limit, std::vector<Errc>* log) {
  const auto ready = co_await waitReadable(fd, limit);
  log->push_back(ready ? Errc::Internal : ready.error().code);
}

net::awaitable<void> fail() {
  throw std::runtime_error("on purpose");
  co_return;
}

net::awaitable<void> joinThenNote(TaskGroup* group, std::vector<std::string>* log) {
  co_await group->join();
  log->push_back("joined");
}

net::awaitable<void> runOnPool(BlockingPool* pool, std::vector<std::string>* log) {
  const auto home = std::this_thread::get_id();
  auto job = [home]() -> Result<std::string> {
    return std::string(std::this_thread::get_id() == home ? "same thread" : "other thread");
  };
  const auto where = co_await pool->run(std::move(job));
  log->push_back(*where);
  log->push_back(std::this_thread::get_id() == home ? "home again" : "astray");
  auto thrower = []() -> Result<int> { throw std::runtime_error("boom"); };
  const auto thrown = co_await pool->run(std::move(thrower));
  log->push_back(thrown.error().detail);
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

TEST_CASE("a descriptor that stays silent is a timeout, one that speaks is not") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  std::vector<Errc> log;
  const Pipe silent;
  const Pipe speaking;
  REQUIRE(::write(speaking.write.get(), "x", 1) == 1);

  group.spawn("silent", waitPipe(silent.read.get(), Milliseconds(20), &log));
  group.spawn("speaking", waitPipe(speaking.read.get(), Milliseconds(60'000), &log));
  context.run();

  CHECK(log == std::vector<Errc>{Errc::Internal, Errc::Timeout});
  char byte = 0;
  CHECK(::read(speaking.read.get(), &byte, 1) == 1);
}

TEST_CASE("a job runs on the pool and its caller resumes at home, also after an exception") {
  net::io_context context(1);
  BlockingPool pool(1);
  TaskGroup group(context.get_executor());
  std::vector<std::string> log;

  group.spawn("job", runOnPool(&pool, &log));
  context.run();

  CHECK(log == std::vector<std::string>{"other thread", "home again", "a background job ended with: boom"});
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
