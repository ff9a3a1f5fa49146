// logs --source: what the runner and the daemon said of a VM.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "api/console/pattern.hpp"
#include "api/core/time.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {

struct LogSourceQuery {
  std::string vm;
  std::optional<std::uint64_t> lines;  ///< only so many of the last
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
};

/// --source runner or daemon; any other is a usage error, as are options that only a console has.
ExitCode printOtherSource(Context& context, const Arguments& arguments, const LogSourceQuery& query,
                          std::optional<Pattern> grep);

}  // namespace microvm::cli
