// Terminals as byte pipes: no line discipline, never a controlling terminal.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

/// Opens the terminal at this path (what a runner calls its pty), raw, non-blocking, closed by exec. Errc::Invalid
/// when it is no terminal. A read of 0 bytes or EIO means that the other side is gone.
Result<UniqueFd> openTerminal(const std::string& path);

/// No echo, no line editing, no signals, no change of any byte.
Result<void> makeRaw(int fd);

struct PtyPair {
  UniqueFd controller;  ///< the side of the program that plays the terminal
  UniqueFd terminal;    ///< close it after handing it on, or the end of the other side is never seen
  std::string path;     ///< of the terminal
};

/// A new pair, raw and closed by exec; both block.
Result<PtyPair> makePty();

}  // namespace microvm
