// Keeps the service manager informed: ready, how many VMs run, still alive, stopping.
#pragma once
#include <cstddef>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/async/task_group.hpp"
#include "daemon/init/notify.hpp"

namespace microvm {

/// Lives on the executor's thread. Without a service manager that listens it does nothing, and without a watchdog it
/// has no timer.
class Announcer {
public:
  Announcer(net::any_io_executor executor, const Environment& environment);

  void ready(std::size_t running);
  void running(std::size_t count);
  /// `bound`: how long the rest may take, if that is more than the service manager waits by itself.
  void stopping(const std::string& why, Milliseconds bound = {});

private:
  static net::awaitable<void> feedWatchdog(const Notifier* notifier, Milliseconds interval);

  Notifier notifier_;
  std::optional<Milliseconds> interval_;
  TaskGroup watchdog_;
  bool ready_ = false;
};

}  // namespace microvm
