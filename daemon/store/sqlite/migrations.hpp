// The schema's history: schemas/sql/NNNN_name.sql, built into the program.
#pragma once
#include "api/core/result.hpp"
#include "daemon/store/sqlite/connection.hpp"

namespace microvm {

/// The newest schema that this program knows.
int newestSchema();

/// quick_check, then every migration that the file has not had, each in a transaction together with its user_version.
/// A foreign file, a damaged one and one with a newer schema are refused. Throws SQLite::Exception.
Result<void> migrate(Connection& connection);

}  // namespace microvm
