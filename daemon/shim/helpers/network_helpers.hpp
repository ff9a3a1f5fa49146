// The programs that serve the runner's network interfaces. Each shares a pair of datagram sockets with the runner. A
// copy of the helper's end stays here, so that a helper that ended is started again on the same pair: the guest keeps
// its interface.
#pragma once
#include <chrono>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/spawn.hpp"

namespace microvm::shim {

/// A program that serves one of the runner's network interfaces.
struct HelperOptions {
  int runnerFd = -1;                 ///< the runner's end of their pair of sockets
  std::vector<std::string> command;  ///< the absolute path of the program first
};

class NetworkHelpers {
public:
  using Clock = AwakeClock;

  /// Starts them all, in `folder`. They write to `output`, whose other end the caller reads. Errc::RunnerFailed names
  /// the program that cannot be started; then none is left.
  static Result<NetworkHelpers> start(const std::vector<HelperOptions>& options, std::string folder, UniqueFd output);

  /// What the runner inherits, and by which number.
  [[nodiscard]] std::vector<InheritedFd> runnerEnds() const;
  /// Once the runner has them.
  void closeRunnerEnds();

  /// Those that run.
  [[nodiscard]] std::vector<ProcessIdentity> processes() const;

  void addTo(std::vector<pollfd>& waits);
  /// Reaps those that ended, and starts again those whose time has come: after a second, and after twice as long each
  /// time, up to a minute, that one of them ends within a minute. Tells what happened, a line each.
  std::vector<std::string> step(Clock::time_point now);
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;

  /// SIGTERM to all, and SIGKILL to those that are still there after `limit`.
  void end(Milliseconds limit);

private:
  struct Helper {
    HelperOptions options;
    UniqueFd end;
    UniqueFd runnerEnd;
    std::optional<Child> child;
    std::optional<ExitWatcher> watcher;
    Clock::time_point startedAt{};
    Milliseconds pause{0};
    std::optional<Clock::time_point> againAt;
  };

  Result<void> launch(Helper& helper, Clock::time_point now);
  std::string noteEnd(Helper& helper, Clock::time_point now);

  std::vector<Helper> helpers_;
  std::string folder_;
  UniqueFd output_;
};

}  // namespace microvm::shim
