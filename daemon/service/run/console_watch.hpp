// Hears from the shim, throughout a run, who is at the console and how much of its log is kept.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "daemon/async/task_group.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

/// The run that is watched.
struct ConsoleWatchSubject {
  std::string name;  ///< of the VM, for the log
  VmPaths paths;
};

/// Main thread only. Comes back to a shim that lost the connection. Its end cancels it; nothing is told after it.
class ConsoleWatch {
public:
  struct Listener {
    std::function<void(ConsoleNews)> onNews;
    /// Old bytes have gone, in one sentence; at most once a minute, for a guest that floods must not fill the events.
    std::function<net::awaitable<void>(std::string detail)> onTruncation;
  };

  /// The shims outlive it.
  ConsoleWatch(const net::any_io_executor& executor, Shims& shims, ConsoleWatchSubject subject, Listener listener);
  ~ConsoleWatch();
  ConsoleWatch(const ConsoleWatch&) = delete;
  ConsoleWatch& operator=(const ConsoleWatch&) = delete;

private:
  struct State;
  TaskGroup tasks_;
  std::shared_ptr<State> state_;  // shared with its tasks, which may outlive it by the way to their next await
};

}  // namespace microvm
