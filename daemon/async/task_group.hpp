// Owns running coroutines: whoever starts one keeps the group that can stop it.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/async/task.hpp"

namespace microvm {

/// All members run on one executor of one thread. An exception that leaves a coroutine is logged under its name, never
/// lost, never fatal. The destructor cancels what still runs and does not wait; join() waits.
class TaskGroup {
public:
  explicit TaskGroup(net::any_io_executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `work` on the executor (not inline).
  void spawn(std::string name, net::awaitable<void> work);
  /// Cancels every member: its pending await ends with operation_aborted, or throws if it takes no error code.
  void cancel();
  /// Ends when no member runs any more. Does not cancel.
  net::awaitable<void> join();
  [[nodiscard]] std::size_t size() const;

private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the completion handlers of its members, which may outlive the group
};

}  // namespace microvm
