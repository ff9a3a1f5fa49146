// The table of commands: what microvmctl can do.
#pragma once
#include "client/cli/command.hpp"

namespace microvm::cli {

CommandTable commandTable();

}  // namespace microvm::cli
