// Commands that need no daemon. One command per file; the table is client/cli/commands/commands.cpp.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& validateCommand();
const Command& renderCommand();

}  // namespace microvm::cli
