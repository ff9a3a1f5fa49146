// One command per file; the table is client/cli/commands/commands.cpp.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& createCommand();
const Command& deleteCommand();
const Command& listCommand();
const Command& inspectCommand();
const Command& waitCommand();

}  // namespace microvm::cli
