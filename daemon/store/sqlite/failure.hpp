// SQLite's failures as the project's.
#pragma once
#include <string>

#include "api/core/error.hpp"

namespace SQLite {
class Exception;
}

namespace microvm {

/// Errc::DiskFull, Permission, InUse or Io, naming the file. `systemErrno` is the connection's last errno (0: unknown).
Error storeError(const SQLite::Exception& failure, const std::string& path, int systemErrno);

/// The error for a file that is no sound database; and whether an error is that one.
Error damagedError(const std::string& path, const std::string& finding);
bool isDamage(const Error& error);

}  // namespace microvm
