// Signals as something that poll() sees.
#pragma once
#include <memory>
#include <optional>

#include "api/core/result.hpp"

namespace microvm::cli {

/// While it lives, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and SIGWINCH do nothing but make fd()
/// readable. One at a time.
class SignalPipe {
public:
  static Result<std::unique_ptr<SignalPipe>> open();
  ~SignalPipe();
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  [[nodiscard]] int fd() const;
  /// The oldest signal that was not taken yet.
  std::optional<int> take();

private:
  struct Impl;
  explicit SignalPipe(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace microvm::cli
