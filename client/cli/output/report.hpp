// How a failure is told: the line, the problem object, the exit code.
#pragma once
#include <string>
#include <string_view>

#include "api/core/error.hpp"
#include "client/cli/output/exit_code.hpp"

namespace microvm::cli {

struct Failure {
  const Error& error;
  std::string_view problem;  ///< the daemon's problem+json, or empty when the failure is the client's own
};

/// One line, and one more per unusable member; it ends with a line break.
std::string errorText(std::string_view what, const Failure& failure);
/// The daemon's problem object as it came, or one made from the error; one line.
std::string problemText(const Failure& failure);
ExitCode exitCodeOf(const Failure& failure);

}  // namespace microvm::cli
