// Writes that come while one is being committed share the next commit: a disk is asked to keep its promise once for all
// of them.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/condition.hpp"
#include "daemon/store/sqlite/database.hpp"

namespace microvm {

/// Main thread only. Writes are carried out in the order in which they come.
class WriteQueue {
public:
  /// Both outlive it; the pool has one thread.
  WriteQueue(Database& database, BlockingPool& thread) : database_(database), thread_(thread) {}

  /// Ends when the write is on the disk, or has failed. Not cancellable: the write uses the caller's frame. Whoever was
  /// cancelled meanwhile is so at the next await.
  net::awaitable<WriteOutcome> run(Write write);

private:
  struct Entry {
    Write write;
    std::optional<WriteOutcome> outcome;
  };
  using Batch = std::vector<std::shared_ptr<Entry>>;  // shared by those who wait and the one who writes for all

  net::awaitable<WriteOutcome> carryOut(Write write);
  net::awaitable<void> writeBatch(Batch batch);

  Database& database_;
  BlockingPool& thread_;
  Batch waiting_;
  bool writing_ = false;
  std::shared_ptr<Condition> written_;  // made with the first write, which knows the executor
};

}  // namespace microvm
