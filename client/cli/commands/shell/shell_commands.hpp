// What helps at a shell's prompt.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& apiCommand();
const Command& completionCommand();

}  // namespace microvm::cli
