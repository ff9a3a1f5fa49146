#include "daemon/store/sqlite/migrations.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "daemon/store/sqlite/failure.hpp"
#include "embedded/microvm_daemon_store_sqlite.hpp"

namespace microvm {

namespace {

/// In order; the first one makes schema 1. A released one is never changed.
std::vector<std::string_view> migrations() {
  return {embedded::_0001_vms_and_events_sql, embedded::_0002_operations_and_restarts_sql};
}

int schemaOf(Connection& connection) {
  return connection.database().execAndGet("PRAGMA user_version").getInt();
}

/// Tables, but no schema of ours.
bool isForeign(Connection& connection) {
  return schemaOf(connection) == 0 &&
         connection.database().execAndGet("SELECT count(*) FROM sqlite_schema").getInt() > 0;
}

}  // namespace

int newestSchema() {
  return static_cast<int>(migrations().size());
}

Result<void> migrate(Connection& connection) {
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
  if (found < 0 || found > newestSchema()) {
    return Error{
        Errc::Invalid,
        fmt::format("the database {} has schema {}; this microvmd knows schemas up to {}", path, found, newestSchema()),
        "run the newer microvmd that wrote it, or put a backup of the older one in its place",
        {}};
  }
  const auto all = migrations();
  for (int done = found; done < newestSchema(); ++done) {
    SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
    connection.database().exec(std::string(all[static_cast<std::size_t>(done)]));
    connection.database().exec(fmt::format("PRAGMA user_version={}", done + 1));
    transaction.commit();
  }
  return {};
}

}  // namespace microvm
