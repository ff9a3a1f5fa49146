// A job as launchd reads it (launchd.plist(5)).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "client/service/job.hpp"

namespace microvm::service {

inline constexpr const char* kLabel = "dev.microvm.microvmd";

nlohmann::ordered_json jobList(const Job& job);

/// The property list of a job with our mark.
Result<std::string> jobText(const Job& job);

/// Where launchd listens for it; empty when nowhere.
std::string socketOf(std::string_view text);

/// Where a job writes what it says; each is empty when nowhere.
struct Logs {
  std::string own;    ///< the daemon's, which it rotates
  std::string early;  ///< launchd's: what its programs say beside that
};
Logs logsOf(std::string_view text);

/// What a property list runs: ProgramArguments, or Program alone. Empty for a text that is none.
std::vector<std::string> commandOf(std::string_view text);

}  // namespace microvm::service
