// What changes a definition. One command per file; the table is client/cli/commands/commands.cpp.
#pragma once
#include <array>

#include "client/cli/command.hpp"

namespace microvm::cli {

/// Of those that need nothing else.
inline constexpr std::array kResultOptions{
    kResultOption,
    kJsonOption,
};

const Command& applyCommand();
const Command& setCommand();
const Command& editCommand();
const Command& renameCommand();
const Command& cloneCommand();
const Command& protectCommand();
const Command& unprotectCommand();

}  // namespace microvm::cli
