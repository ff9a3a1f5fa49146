// One command per file; the table is client/cli/commands/commands.cpp.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& consoleCommand();
const Command& logsCommand();
const Command& replayCommand();

}  // namespace microvm::cli
