// A definition file, read and judged for a runner on some host.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/command.hpp"
#include "client/cli/context.hpp"
#include "daemon/domain/capabilities/draft.hpp"

namespace microvm::cli {

inline constexpr Option kRunnerOption{"--runner", "RUNNER", "{}; otherwise the definition's, or the host's usual one",
                                      Takes::OneValue, kRunnerNames};
inline constexpr Option kHostOption{"--host", "HOST",
                                    "{}; otherwise this one, or darwin-arm64 where --runner does not run on this one",
                                    Takes::OneValue, "darwin-arm64,darwin-amd64,linux-amd64,linux-arm64"};
inline constexpr Option kVersionOption{"--runner-version", "VERSION",
                                       "an older runner, such as 0.6.1; 0.6.0 is the oldest that is known of vfkit"};

struct Judgement {
  Definition definition;
  RunnerTarget target;
  Findings findings;  ///< what the command line would refuse is among the errors
};

/// What --runner, --host and --runner-version name, and the definition's own runner where they name none. A runner that
/// is named and does not run on this host is taken on a Mac. Errc::Usage for options that cannot be read.
Result<RunnerTarget> targetOf(RunnerKind defined, const Arguments& arguments);

/// Says so when the host is neither named nor this one.
void noteHost(Context& context, const Arguments& arguments, const RunnerTarget& target);

/// Errc::Usage for options that cannot be read, and what reading the file ends in.
Result<Judgement> judgeFile(const std::string& file, Context& context, const Arguments& arguments);

/// "vfkit 0.6.4 on darwin-arm64"
std::string describe(const RunnerTarget& target);

/// Tells the warnings as notes.
void noteWarnings(Context& context, const std::string& file, const std::vector<FieldError>& warnings);

}  // namespace microvm::cli
