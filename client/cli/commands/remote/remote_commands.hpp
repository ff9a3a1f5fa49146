// Reaching a daemon from afar.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

const Command& tokenCommand();

}  // namespace microvm::cli
