// The database's files as wholes: copied, looked through, set aside. What takes a Connection throws SQLite::Exception.
#pragma once
#include <string>
#include <vector>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// A copy of everything in one file without companions, mode 0600: made beside `path`, flushed, renamed.
/// Errc::AlreadyExists when there is a file, Errc::NotFound when there is no such folder.
Result<StoreCopy> copyDatabase(Connection& connection, const std::string& path);

/// What SQLite finds wrong in the whole file, a sentence each; at most 100.
std::vector<std::string> inspectDatabase(Connection& connection);

/// Renames the file and its companions to `<path>.<word>-<time>`, which is returned; SQLite can still open that. A
/// companion without its file is moved too.
Result<std::string> setAside(const std::string& path, const std::string& word);

}  // namespace microvm
