// The command line against the table. The only user of CLI11.
#pragma once
#include <span>
#include <string>

#include "api/core/result.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/command.hpp"

namespace microvm::cli {

struct ParsedLine {
  const Command* command = nullptr;  ///< nullptr when none was named
  Arguments arguments;               ///< the command's options and operands, and the global options
};

/// `words`: argv without the program's name. Errc::Usage names the word that is wrong and what would be right.
/// With --help anywhere neither the number of operands nor the choices of options are checked.
Result<ParsedLine> parseLine(CommandTable table, std::span<const std::string> words);

}  // namespace microvm::cli
