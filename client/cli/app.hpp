// One run of microvmctl.
#pragma once
#include <span>
#include <string>

#include "client/cli/command.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {

/// Reads `words` (argv without the program's name), does what they say, and returns what to exit with.
ExitCode runCommandLine(CommandTable table, std::span<const std::string> words, Streams streams,
                        const Environment& environment);

}  // namespace microvm::cli
