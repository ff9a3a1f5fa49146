// Where a program is.
#pragma once
#include <string>

#include "api/core/result.hpp"

namespace microvm {

/// Errc::NotFound or Errc::Permission, naming the path, when it is not a file that we may execute.
Result<void> checkExecutable(const std::string& path);

/// The absolute path of a program. A name with a slash is taken as a path; one without is looked up beside our own
/// program first, then along PATH. Errc::NotFound says where it was looked for.
Result<std::string> findProgram(const std::string& name);

}  // namespace microvm
