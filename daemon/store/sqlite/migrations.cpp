#include "daemon/store/sqlite/migrations.hpp"

#include <string>

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "daemon/store/sqlite/copies.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "embedded/microvm_daemon_store_sqlite.hpp"

namespace microvm {

namespace {

int schemaOf(Connection& connection) {
  return connection.database().execAndGet("PRAGMA user_version").getInt();
}

/// Tables, but no schema of ours.
bool isForeign(Connection& connection) {
  return schemaOf(connection) == 0 &&
         connection.database().execAndGet("SELECT count(*) FROM sqlite_schema").getInt() > 0;
}

/// What an older program would need, should this one not do. One from an earlier attempt is as good.
Result<void> copyBefore(Connection& connection, int found) {
  auto copy = copyDatabase(connection, fmt::format("{}.schema-{}", connection.path(), found));
  if (copy || copy.error().code == Errc::AlreadyExists) return {};
  copy.error().hint = "make room for a copy of the database: its schema is not changed without one";
  return std::move(copy).error();
}

}  // namespace

std::vector<std::string_view> migrations() {
  return {embedded::_0001_vms_and_events_sql,   embedded::_0002_operations_and_restarts_sql,
          embedded::_0003_causes_of_events_sql, embedded::_0004_tokens_sql,
          embedded::_0005_launched_sql,         embedded::_0006_answers_sql};
}

int newestSchema() {
  return static_cast<int>(migrations().size());
}

Result<void> migrate(Connection& connection, const std::vector<std::string_view>& all) {
  const std::string& path = connection.path();
  const std::string finding = connection.database().execAndGet("PRAGMA quick_check(1)").getString();
  if (finding != "ok") return damagedError(path, finding);
  if (isForeign(connection)) {
    return Error{Errc::Invalid,
                 fmt::format("{} is a database of another program", path),
                 "choose another state folder, or move the file aside",
                 {}};
  }
  const int found = schemaOf(connection);
  const int newest = static_cast<int>(all.size());
  if (found < 0 || found > newest) {
    return Error{
        Errc::Invalid,
        fmt::format("the database {} has schema {}; this microvmd knows schemas up to {}", path, found, newest),
        "run the newer microvmd that wrote it, or put the copy that it made before, the file that ends in .schema-N, "
        "in "
        "its place: microvmctl system restore FILE",
        {}};
  }
  if (found > 0 && found < newest) {
    if (auto copied = copyBefore(connection, found); !copied) return copied;
  }
  for (int done = found; done < newest; ++done) {
    SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
    connection.database().exec(std::string(all[static_cast<std::size_t>(done)]));
    connection.database().exec(fmt::format("PRAGMA user_version={}", done + 1));
    transaction.commit();
  }
  return {};
}

}  // namespace microvm
