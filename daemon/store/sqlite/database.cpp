#include "daemon/store/sqlite/database.hpp"

#include <cstdint>
#include <exception>
#include <sqlite3.h>
#include <string_view>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/copies.hpp"
#include "daemon/store/sqlite/event_table.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/reserve.hpp"
#include "daemon/store/sqlite/rows.hpp"
#include "daemon/store/sqlite/vm_table.hpp"

namespace microvm {
namespace {

constexpr std::string_view kSaveOperation =
    "INSERT OR REPLACE INTO operations (id, vm_id, state, created_at, updated_at, body) "
    "VALUES (:id, :vm_id, :state, :created_at, :updated_at, :body)";
constexpr std::string_view kTrimOperations =
    "DELETE FROM operations WHERE state <> 'running' AND updated_at < :updated_at - 86400000";
constexpr std::string_view kOperations = "SELECT body FROM operations ORDER BY created_at, id";
constexpr std::string_view kSaveAnswer =
    "INSERT OR REPLACE INTO answers (key, digest, at, text) VALUES (:key, :digest, :at, :text)";
constexpr std::string_view kTrimAnswers = "DELETE FROM answers WHERE at < :at - 86400000";
constexpr std::string_view kAnswer = "SELECT key, digest, at, text FROM answers WHERE key = :key AND at >= :since";
constexpr std::string_view kSaveFact = "INSERT OR REPLACE INTO facts (name, value) VALUES (:name, :value)";
constexpr std::string_view kSaveToken =
    "INSERT OR REPLACE INTO tokens (id, name, hash, scopes, created_at, expires_at) "
    "VALUES (:id, :name, :hash, :scopes, :created_at, :expires_at)";
constexpr std::string_view kRemoveToken = "DELETE FROM tokens WHERE id = :id";
constexpr std::string_view kTokens = "SELECT id, name, hash, scopes, created_at, expires_at FROM tokens ORDER BY name";
constexpr std::string_view kFact = "SELECT value FROM facts WHERE name = :name";

/// Runs `work`; what SQLite throws becomes an Error.
template <class Work>
auto guarded(Connection& connection, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const SQLite::Exception& failure) {
    return storeError(failure, connection.path(), connection.systemErrno());
  } catch (const std::exception& failure) {
    return Error{Errc::Internal, fmt::format("the database {}: {}", connection.path(), failure.what()), {}, {}};
  }
}

/// The schema's number is no proof that its tables are there.
Result<void> checkTables(Connection& connection) {
  try {
    prepareVms(connection);
    prepareEvents(connection);
    return {};
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() != SQLITE_ERROR) throw;
    return damagedError(connection.path(), failure.what());
  }
}

/// A transaction, or a part of one that can be undone by itself. Undone unless it is kept.
class Step {
public:
  enum class Kind { Transaction, Savepoint };
  Step(SQLite::Database& database, Kind kind) : database_(database), kind_(kind) {
    database_.exec(kind_ == Kind::Transaction ? "BEGIN IMMEDIATE" : "SAVEPOINT step");
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() {
    if (!kept_) database_.tryExec(kind_ == Kind::Transaction ? "ROLLBACK" : "ROLLBACK TO step; RELEASE step");
  }
  void keep() {
    database_.exec(kind_ == Kind::Transaction ? "COMMIT" : "RELEASE step");
    kept_ = true;
  }

private:
  SQLite::Database& database_;
  Kind kind_;
  bool kept_ = false;
};

}  // namespace

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {
  connection_->noteFiles();
}

Database::~Database() {
  const std::string path = connection_->path();
  const bool isEmpty = !problem() && emptyLog(*connection_);  // else the log is somebody else's
  connection_.reset();
  if (isEmpty) closeLog(path);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  auto connection = Connection::open(path);
  if (!connection) return std::move(connection).error();
  auto migrated = guarded(**connection, [&] { return migrate(**connection); });
  if (!migrated) return std::move(migrated).error();
  auto usable = guarded(**connection, [&] { return checkTables(**connection); });
  if (!usable) return std::move(usable).error();
  keepReserve(**connection);
  return std::make_unique<Database>(std::move(*connection));
}

std::optional<Error> Database::problem() const {
  return connection_->lossOfFiles();
}

Result<std::vector<Vm>> Database::loadAll() {
  return guarded(*connection_, [this]() -> Result<std::vector<Vm>> { return loadVms(*connection_); });
}

Result<std::vector<VmEvent>> Database::write(const std::function<Result<void>()>& change, std::vector<VmEvent> events) {
  if (auto gone = problem()) return std::move(*gone);
  return guarded(*connection_, [&]() -> Result<std::vector<VmEvent>> {
    Step step(connection_->database(), together_ ? Step::Kind::Savepoint : Step::Kind::Transaction);
    auto changed = change();
    if (!changed) return std::move(changed).error();
    keepEvents(*connection_, events);
    step.keep();
    return std::move(events);
  });
}

/// For what no event tells.
Result<void> Database::writeFact(const std::function<void()>& change) {
  if (auto gone = problem()) return std::move(*gone);
  return guarded(*connection_, [&]() -> Result<void> {
    change();
    return {};
  });
}

Result<std::vector<WriteOutcome>> Database::writeTogether(const std::vector<Write>& writes) {
  if (auto gone = problem()) return std::move(*gone);
  keepReserve(*connection_);
  auto outcomes = guarded(*connection_, [&]() -> Result<std::vector<WriteOutcome>> {
    Step whole(connection_->database(), Step::Kind::Transaction);
    together_ = true;
    std::vector<WriteOutcome> each;
    for (const Write& write : writes) {
      each.push_back(write());
      // A full disk undoes the transaction as a whole, and what follows would be no part of any.
      if (::sqlite3_get_autocommit(connection_->database().getHandle()) != 0) {
        return Error{Errc::Io, "the database has undone what was written", {}, {}};
      }
    }
    whole.keep();
    return each;
  });
  together_ = false;
  return outcomes;
}

Result<std::vector<VmEvent>> Database::insert(const Vm& vm, std::vector<VmEvent> events) {
  // Its own transaction, so not within one of several writes, whose first made sure of it.
  if (!together_ && !problem()) keepReserve(*connection_);
  const auto change = [&] { return insertVm(*connection_, vm); };
  return write(change, std::move(events));
}

Result<std::vector<VmEvent>> Database::update(const Vm& vm, std::vector<VmEvent> events) {
  const auto change = [&] { return updateVm(*connection_, vm); };
  return write(change, std::move(events));
}

Result<std::vector<VmEvent>> Database::remove(const std::string& vmId, std::vector<VmEvent> events) {
  const auto change = [&] { return removeVm(*connection_, vmId); };
  return write(change, std::move(events));
}

Result<std::vector<VmEvent>> Database::append(std::vector<VmEvent> events) {
  const auto nothing = []() -> Result<void> { return {}; };
  return write(nothing, std::move(events));
}

Result<EventPage> Database::events(const EventQuery& query) {
  return guarded(*connection_, [&]() -> Result<EventPage> { return readEvents(*connection_, query); });
}

WriteOutcome Database::saveOperation(const VmOperation& operation) {
  const auto change = [&]() -> Result<void> {
    Query save = connection_->query(kSaveOperation);
    bindOperation(save, operation);
    save->exec();
    Query trim = connection_->query(kTrimOperations);
    trim->bind(":updated_at", static_cast<std::int64_t>(operation.updatedAt.time_since_epoch().count()));
    trim->exec();
    return {};
  };
  return write(change, {});
}

Result<std::vector<VmOperation>> Database::operations() {
  return guarded(*connection_, [this]() -> Result<std::vector<VmOperation>> {
    std::vector<VmOperation> operations;
    Query query = connection_->query(kOperations);
    while (query->executeStep()) {
      if (auto operation = readOperation(query)) operations.push_back(std::move(*operation));
    }
    return operations;
  });
}

void Database::keepAnswer(const KeptAnswer& answer) {
  Query save = connection_->query(kSaveAnswer);
  bindAnswer(save, answer);
  save->exec();
  Query trim = connection_->query(kTrimAnswers);
  trim->bind(":at", static_cast<std::int64_t>(answer.at.time_since_epoch().count()));
  trim->exec();
}

WriteOutcome Database::saveAnswer(const KeptAnswer& answer) {
  const auto change = [&]() -> Result<void> {
    keepAnswer(answer);
    return {};
  };
  return write(change, {});
}

WriteOutcome Database::beginAnswer(const KeptAnswer& begun, Timestamp since, std::optional<KeptAnswer>& known) {
  const auto change = [&]() -> Result<void> {
    Query query = connection_->query(kAnswer);
    query->bind(":key", begun.key);
    query->bind(":since", static_cast<std::int64_t>(since.time_since_epoch().count()));
    known.reset();
    if (query->executeStep()) known = readAnswer(query);
    if (!known) keepAnswer(begun);
    return {};
  };
  return write(change, {});
}

Result<void> Database::saveFact(const std::string& name, const std::string& value) {
  return writeFact([&] {
    Query query = connection_->query(kSaveFact);
    query->bind(":name", name);
    query->bind(":value", value);
    query->exec();
  });
}

Result<std::optional<std::string>> Database::fact(const std::string& name) {
  return guarded(*connection_, [&]() -> Result<std::optional<std::string>> {
    Query query = connection_->query(kFact);
    query->bind(":name", name);
    if (!query->executeStep()) return std::optional<std::string>();
    return std::optional<std::string>(query.text(0));
  });
}

Result<StoreCopy> Database::backup(const std::string& path) {
  return guarded(*connection_, [&] { return copyDatabase(*connection_, path); });
}

Result<std::vector<std::string>> Database::verify() {
  auto findings =
      guarded(*connection_, [&]() -> Result<std::vector<std::string>> { return inspectDatabase(*connection_); });
  if (auto gone = problem(); gone && findings) findings->push_back(gone->detail + "; " + gone->hint);
  return findings;
}

Result<std::uint64_t> Database::lastEvent() {
  return guarded(*connection_, [&]() -> Result<std::uint64_t> { return lastEventNumber(*connection_); });
}

Result<void> Database::skipEvents(std::uint64_t last) {
  return guarded(*connection_, [&]() -> Result<void> {
    Step step(connection_->database(), Step::Kind::Transaction);
    raiseEventNumber(*connection_, last);
    step.keep();
    return {};
  });
}

Result<void> Database::saveToken(const Token& token) {
  return writeFact([&] {
    Query query = connection_->query(kSaveToken);
    bindToken(query, token);
    query->exec();
  });
}

Result<void> Database::removeToken(const std::string& id) {
  return writeFact([&] {
    Query query = connection_->query(kRemoveToken);
    query->bind(":id", id);
    query->exec();
  });
}

Result<std::vector<Token>> Database::tokens() {
  return guarded(*connection_, [this]() -> Result<std::vector<Token>> {
    std::vector<Token> tokens;
    Query query = connection_->query(kTokens);
    while (query->executeStep()) {
      if (auto token = readToken(query)) tokens.push_back(std::move(*token));
    }
    return tokens;
  });
}

}  // namespace microvm
