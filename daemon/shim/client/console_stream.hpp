// A viewer of a console, over a channel that is attached.
#pragma once
#include <cstdint>
#include <memory>

#include "daemon/runner/runner.hpp"
#include "daemon/shim/client/channel.hpp"

namespace microvm::shim {

/// Attaches within a few seconds. A read waits for as long as the console is silent, a write for as long as the guest
/// takes no input: cancel them.
Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string socketPath, ConsoleMode mode, std::uint64_t offset);

}  // namespace microvm::shim
