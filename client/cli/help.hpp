// Help, made from the table.
#pragma once
#include <string>

#include "client/cli/command.hpp"

namespace microvm::cli {

/// What `microvmctl --help` prints: every command under its group, exit codes, environment.
std::string overviewHelp(CommandTable table);
/// What `microvmctl NAME --help` prints.
std::string commandHelp(const Command& command);

}  // namespace microvm::cli
