// Puts the vm.json of new VMs on the disk, many at a time, after their creators have been answered.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/runner/paths.hpp"

namespace microvm {

/// Makes the records of these VMs, all in one folder of folders, outlive a power cut. One whose folder is gone needs
/// nothing. Blocks: call it on the file pool. Goes on after a failure; the last one is told.
Result<void> flushRecords(const std::vector<VmPaths>& vms);

/// Main thread only. What is not flushed when the daemon ends is the system's to write, and the database has it all.
class RecordFlush {
public:
  /// The pool outlives it. After each flush it rests, so that the disk is there for others.
  RecordFlush(const net::any_io_executor& executor, BlockingPool& files, Milliseconds rest = Milliseconds(500));

  /// The record of this VM has been written. It is flushed soon, with those that come meanwhile.
  void add(VmPaths paths);
  /// Ends what it does.
  void shutDown();

private:
  struct State;
  static net::awaitable<void> run(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;  // shared with the flush at work, which may outlive this
  TaskGroup tasks_;
};

}  // namespace microvm
