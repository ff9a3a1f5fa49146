// The log in a file instead of on standard error, for a daemon whose service manager keeps none.
#pragma once
#include <cstddef>
#include <string>

#include "api/core/result.hpp"

namespace microvm {

struct LogFile {
  std::string path;                      ///< of the newest; older ones have a number before the suffix: microvmd.1.log
  std::size_t bytes = 10 * 1024 * 1024;  ///< when to begin another
  std::size_t files = 5;                 ///< how many there are at most
};

/// From now on every entry goes there. The files are the owner's alone (0600), and no child inherits one. Makes missing
/// folders. Call it before a second thread exists. Errc::Io when the file cannot be written; the log stays where it
/// was.
Result<void> logToFile(const LogFile& file);

}  // namespace microvm
