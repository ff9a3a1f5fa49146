// The schema's history: schemas/sql/NNNN_name.sql, built into the program.
#pragma once
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/store/sqlite/connection.hpp"

namespace microvm {

/// The newest schema that this program knows.
int newestSchema();

/// In order; the first one makes schema 1. A released one is never changed.
std::vector<std::string_view> migrations();

/// quick_check, then every migration that the file has not had, each in a transaction together with its user_version,
/// after a copy of the file as it was: `<path>.schema-<number>`. A foreign file, a damaged one and one with a newer
/// schema are refused. Throws SQLite::Exception.
Result<void> migrate(Connection& connection, const std::vector<std::string_view>& all = migrations());

}  // namespace microvm
