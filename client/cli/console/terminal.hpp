// The user's terminal in raw mode, and back to what it was on every way out.
#pragma once
#include <memory>
#include <optional>

#include "api/core/result.hpp"
#include "client/cli/console/recording.hpp"

namespace microvm::cli {

/// Of the terminal behind this descriptor; nothing when there is none, or it does not know.
std::optional<TerminalSize> terminalSize(int fd);

/// Raw from enter() to the destructor. A fatal signal of the program itself (abort, bad memory access) restores the
/// terminal too. One at a time; the other signals are SignalPipe's.
class RawTerminal {
public:
  /// `fd`: a terminal. Errc::Io when it is none.
  static Result<std::unique_ptr<RawTerminal>> enter(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// As it was before enter(), for the time that the program is stopped.
  void restore();
  /// Raw again.
  void makeRaw();

private:
  struct Saved;
  explicit RawTerminal(std::unique_ptr<Saved> saved);

  std::unique_ptr<Saved> saved_;
};

}  // namespace microvm::cli
