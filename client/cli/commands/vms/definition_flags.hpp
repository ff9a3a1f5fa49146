// The flags of create that describe a VM.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/definition_source.hpp"

namespace microvm::cli {

/// Puts the flags into a definition of the API's form: a flag replaces the member, --volume, --share, --net and --label
/// add to it. Errc::Usage names the flag, its text and the form wanted.
Result<void> applyFlags(nlohmann::ordered_json& definition, const Arguments& arguments, const PathBase& base);

/// A kernel command line into its parameters: blanks separate, double quotes keep blanks.
std::vector<std::string> splitCmdline(std::string_view text);

}  // namespace microvm::cli
