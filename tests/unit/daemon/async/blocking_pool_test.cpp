#include "daemon/async/blocking_pool.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"

using namespace microvm;

namespace {

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

TEST_CASE("a job runs on the pool and its caller resumes at home, also after an exception") {
  net::io_context context(1);
  BlockingPool pool(1);
  TaskGroup group(context.get_executor());
  std::vector<std::string> log;

  group.spawn("job", runOnPool(&pool, &log));
  context.run();

  CHECK(log == std::vector<std::string>{"other thread", "home again", "a background job ended with: boom"});
}
