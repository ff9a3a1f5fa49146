// A viewer of a console, over a channel that is attached.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "daemon/runner/runner.hpp"
#include "daemon/shim/client/channel.hpp"

namespace microvm::shim {

/// Attaches within a few seconds. A read waits for as long as the console is silent, a write for as long as the guest
/// takes no input: cancel them.
Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string socketPath, ConsoleAttach request);

/// See Shims::watchConsole.
Task<void> watchConsole(std::string socketPath, std::function<void(ConsoleNews)> onNews);

}  // namespace microvm::shim
