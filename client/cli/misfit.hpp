// Why a command line does not fit its command, in words of our own.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "api/core/result.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/command.hpp"

namespace microvm::cli {

/// The first word that does not fit, as a sentence with the option and the value. Nothing when every word fits.
/// `words`: argv without the program's name; the first that is neither option nor value names the command.
std::optional<std::string> misfit(const Command& command, std::span<const std::string> words);

/// Errc::Usage names the value that is none of its option's choices, and those.
Result<void> checkChoices(const Command& command, const Arguments& arguments);

/// "logs takes NAME, and "db" is one too many".
std::string oneTooMany(const Command& command, const std::string& word);

}  // namespace microvm::cli
