// One command per file; the table is client/cli/commands/commands.cpp.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& capabilitiesCommand();
const Command& eventsCommand();
const Command& serviceCommand();
const Command& systemCommand();
const Command& versionCommand();
const Command& doctorCommand();
const Command& helpCommand();

}  // namespace microvm::cli
