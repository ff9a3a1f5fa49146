// Threads for work that blocks: SQLite (one thread) and files (two). The daemon's state is never touched from them.
#pragma once
#include <functional>
#include <memory>
#include <type_traits>

#include "daemon/async/task.hpp"

namespace microvm {

class BlockingPool {
public:
  explicit BlockingPool(unsigned threads);
  /// Waits for the jobs that have begun.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `job` (a callable that returns Result<T>) on a thread of the pool and resumes the caller on its own executor.
  /// An exception that leaves the job comes back as Errc::Internal. Name the job on the line above the co_await and
  /// move it in.
  template <class Job, class R = std::invoke_result_t<Job&>>
  net::awaitable<R> run(Job job) {
    R result;
    std::function<void()> work = [&result, &job] { result = job(); };
    auto ran = co_await runErased(std::move(work));
    if (!ran) co_return std::move(ran).error();
    co_return result;
  }

private:
  /// Not cancellable: the job uses the caller's frame, so the caller waits for its end.
  Task<void> runErased(std::function<void()> work);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace microvm
