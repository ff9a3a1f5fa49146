// The table is client/cli/commands/commands.cpp.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& startCommand();
const Command& stopCommand();
const Command& killCommand();
const Command& pauseCommand();
const Command& resumeCommand();
const Command& restartCommand();

}  // namespace microvm::cli
