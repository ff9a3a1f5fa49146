// The shim's life: takes the lock, starts the runner, holds it until it ends, tells how it ended.
#pragma once
#include <memory>

#include "api/core/result.hpp"
#include "daemon/shim/options.hpp"

namespace microvm::shim {

class Holder {
public:
  /// Takes the lock (Errc::InUse when it is held), clears what the last run left, opens the console log and the
  /// control socket, and starts the runner (Errc::RunnerMissing, Errc::RunnerFailed). `stopSignals` is the read end of
  /// a non-blocking pipe with a byte for every SIGTERM.
  static Result<std::unique_ptr<Holder>> start(Options options, int stopSignals);
  virtual ~Holder() = default;

  /// "<shim pid> <runner pid> <time of start>"
  [[nodiscard]] virtual std::string readyText() const = 0;
  /// Returns when the runner has ended, exit.json is written, the lock is free and the clients have been told.
  virtual void run() = 0;
};

}  // namespace microvm::shim
