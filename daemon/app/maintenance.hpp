// What microvmd does with the database instead of serving it.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "daemon/app/options.hpp"

namespace microvm {

bool isMaintenance(const Options& options);

/// Does it under the locks of both folders, so that no daemon is at work. The text for standard output; an error when
/// it was not done, or when something is not as it should be.
Result<std::string> runMaintenance(const Options& options);

/// The database of a state folder.
std::string databaseIn(const std::string& stateFolder);

}  // namespace microvm
