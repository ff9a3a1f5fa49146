// Where a program is.
#pragma once
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm {

/// Errc::NotFound or Errc::Permission, naming the path, when it is not a file that we may execute.
Result<void> checkExecutable(const std::string& path);

/// The absolute path of a program. A name with a slash is taken as a path; one without is looked up beside our own
/// program first, then along PATH. Errc::NotFound says where it was looked for.
Result<std::string> findProgram(const std::string& name);

/// The absolute path of a program in one of the folders of `path`, which are parted by colons. Errc::NotFound.
Result<std::string> findInPath(const std::string& name, std::string_view path);

}  // namespace microvm
