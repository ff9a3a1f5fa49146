// The terminal that a runner has its guest's console on: what comes from it goes into the console log.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/shim/console/console_log.hpp"
#include "daemon/shim/console/request_log_filter.hpp"

namespace microvm::shim {

/// Where the runner's console is.
enum class TerminalKind {
  Named,  ///< the runner makes a terminal and names it on standard error
  Stdio,  ///< its standard input and output, for which the shim makes a terminal
  None    ///< it has none
};

class RunnerTerminal {
public:
  using Clock = AwakeClock;

  /// `fd`: our side of the terminal of Stdio, which does not block. The log outlives it.
  RunnerTerminal(ConsoleLog& log, TerminalKind kind, UniqueFd fd);

  /// Whether it may yet be named.
  [[nodiscard]] bool isAwaited() const { return isAwaited_; }
  /// Opens what the runner has named; once, whatever comes of it.
  Result<void> open(const std::string& path);
  /// -1: not yet, or not any more.
  [[nodiscard]] int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

  /// Logs what is there, as much as fits into the buffer, and says how much that was.
  std::size_t read(std::span<char> buffer);
  /// The same up to the end, or to more than anybody waits for.
  void readRest(std::span<char> buffer);
  /// How much of it was taken; nothing while it takes none. A terminal that is gone takes everything.
  std::size_t write(std::string_view bytes);

  /// When step() is to be called though nothing happens.
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;
  /// Logs what was held back for the rest of a line, once that is late.
  void step(Clock::time_point now);

private:
  void record(std::string_view bytes);
  void releaseHeldBack();

  ConsoleLog& log_;
  const TerminalKind kind_;
  UniqueFd fd_;
  bool isAwaited_;
  RequestLogFilter filter_;  // of a console that is standard output
  std::optional<Clock::time_point> heldUntil_;
};

}  // namespace microvm::shim
