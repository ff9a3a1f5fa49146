// Attaching the terminal, for console and for start --console.
#pragma once
#include <string>

#include "client/cli/arguments.hpp"
#include "client/cli/command.hpp"
#include "client/cli/context.hpp"
#include "client/client.hpp"

namespace microvm::cli {

inline constexpr Option kDetachKeysOption{
    "--detach-keys", "KEYS",
    "what leaves the console: ^], ^P^Q, ctrl-p,ctrl-q or none (default MICROVM_DETACH_KEYS or ^])"};

/// Runs the session that --detach-keys, --read-only, --until and --timeout describe.
ExitCode attachConsole(Context& context, const Arguments& arguments, const std::string& vm,
                       const client::ConsolePlace& place);

}  // namespace microvm::cli
