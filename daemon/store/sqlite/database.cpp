#include "daemon/store/sqlite/database.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <sqlite3.h>
#include <string_view>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/copies.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/reserve.hpp"
#include "daemon/store/sqlite/rows.hpp"

namespace microvm {

namespace {

constexpr std::size_t kMostEventsRead = 10'000;
constexpr std::chrono::hours kEventsKept{24 * 7};

constexpr std::string_view kLoadAll =
    "SELECT id, run_id, name, definition, generation, desired, state, reason, created_at, updated_at, state_since, "
    "last_exit, restarts, launched FROM vms ORDER BY name";
constexpr std::string_view kInsert =
    "INSERT INTO vms (id, run_id, name, definition, generation, desired, state, reason, created_at, updated_at, "
    "state_since, last_exit, restarts, launched) VALUES (:id, :run_id, :name, :definition, :generation, :desired, "
    ":state, "
    ":reason, "
    ":created_at, :updated_at, :state_since, :last_exit, :restarts, :launched)";
constexpr std::string_view kUpdate =
    "UPDATE vms SET name = :name, definition = :definition, generation = :generation, desired = :desired, "
    "state = :state, reason = :reason, updated_at = :updated_at, state_since = :state_since, last_exit = :last_exit, "
    "restarts = :restarts, launched = :launched WHERE id = :id";
// What a broken VM's definition and state are, nobody knows: the row's own text stays, for whoever repairs it.
constexpr std::string_view kUpdateBroken =
    "UPDATE vms SET name = :name, generation = :generation, desired = :desired, updated_at = :updated_at, "
    "last_exit = coalesce(:last_exit, last_exit), restarts = coalesce(:restarts, restarts) WHERE id = :id";
constexpr std::string_view kRemove = "DELETE FROM vms WHERE id = :id";
constexpr std::string_view kInsertEvent =
    "INSERT INTO events (at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels) "
    "VALUES (:at, :vm_id, :vm_name, :type, :cause, :detail, :request_id, :user, :exit_code, :exit_signal, :labels)";
constexpr std::string_view kTrimEvents =
    "DELETE FROM events WHERE sequence <= (SELECT max(sequence) FROM events) - 10000";
// SQLite keeps the highest number given; there is no row before the first event.
constexpr std::string_view kNoteEventNumber =
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'events', :last WHERE NOT EXISTS "
    "(SELECT 1 FROM sqlite_sequence WHERE name = 'events')";
constexpr std::string_view kRaiseEventNumber =
    "UPDATE sqlite_sequence SET seq = :last WHERE name = 'events' AND seq < :last";
constexpr std::string_view kLastEvent = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
// Only a beginning goes, so that what is kept has no hole, even when the clock of the host was set back.
constexpr std::string_view kForgetEvents =
    "DELETE FROM events WHERE sequence < (SELECT sequence FROM events WHERE at >= :at ORDER BY sequence LIMIT 1)";
constexpr std::string_view kEvents =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE sequence > :after ORDER BY sequence";
constexpr std::string_view kEventsOfVm =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE vm_id = :vm_id AND sequence > :after ORDER BY sequence";
constexpr std::string_view kNewestEvents =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE sequence > :after ORDER BY sequence DESC";
constexpr std::string_view kNewestEventsOfVm =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE vm_id = :vm_id AND sequence > :after ORDER BY sequence DESC";
constexpr std::string_view kOldestSequence = "SELECT coalesce(min(sequence), 0) FROM events";
constexpr std::string_view kNewestSequence = "SELECT coalesce(max(sequence), 0) FROM events";

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

/// The unique column that an insert or update found taken.
std::string takenColumn(const SQLite::Exception& failure) {
  const std::string_view what = failure.what();
  for (const std::string_view column : {"vms.name", "vms.run_id", "vms.id"}) {
    if (what.find(column) != std::string_view::npos) return std::string(column.substr(4));
  }
  return "row";
}

bool isTaken(const SQLite::Exception& failure) {
  return (failure.getErrorCode() & 0xFF) == SQLITE_CONSTRAINT;
}

Error takenError(const SQLite::Exception& failure, const Vm& vm) {
  const std::string column = takenColumn(failure);
  if (column == "name") {
    return Error{Errc::AlreadyExists,
                 fmt::format("there is a VM named {} already", vm.definition.name),
                 "choose another name, or delete that VM first",
                 {}};
  }
  return Error{Errc::AlreadyExists, fmt::format("the {} of VM {} is taken", column, vm.definition.name), {}, {}};
}

Error noSuchVm(const std::string& id) {
  return Error{Errc::NotFound, fmt::format("there is no VM with id {}", id), {}, {}};
}

/// Runs an insert or update of the VM's row.
Result<void> execute(Query& query, const Vm& vm) {
  try {
    if (query->exec() == 0) return noSuchVm(vm.id);
    return {};
  } catch (const SQLite::Exception& failure) {
    if (!isTaken(failure)) throw;
    return takenError(failure, vm);
  }
}

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
    for (const std::string_view sql : {kLoadAll, kInsert, kEvents, kInsertEvent})
      (void)connection.query(sql);
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

std::int64_t toSigned(std::uint64_t number) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(number, kMost));
}

}  // namespace

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Database::~Database() {
  const std::string path = connection_->path();
  const bool isEmpty = emptyLog(*connection_);
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

Result<std::vector<Vm>> Database::loadAll() {
  return guarded(*connection_, [this]() -> Result<std::vector<Vm>> {
    std::vector<Vm> vms;
    Query query = connection_->query(kLoadAll);
    while (query->executeStep())
      vms.push_back(readVm(query));
    return vms;
  });
}

void Database::keepEvents(std::vector<VmEvent>& events) {
  for (VmEvent& event : events) {
    Query query = connection_->query(kInsertEvent);
    bindEvent(query, event);
    query->exec();
    event.sequence = static_cast<std::uint64_t>(connection_->database().getLastInsertRowid());
  }
  if (!events.empty()) pruneEvents(events.back());
}

void Database::pruneEvents(const VmEvent& newest) {
  connection_->query(kTrimEvents)->exec();
  Query forget = connection_->query(kForgetEvents);
  forget->bind(":at", static_cast<std::int64_t>((newest.at - kEventsKept).time_since_epoch().count()));
  forget->exec();
}

std::uint64_t Database::sequenceOf(std::string_view sql) {
  Query query = connection_->query(sql);
  query->executeStep();
  return static_cast<std::uint64_t>(query->getColumn(0).getInt64());
}

Result<std::vector<VmEvent>> Database::write(const std::function<Result<void>()>& change, std::vector<VmEvent> events) {
  return guarded(*connection_, [&]() -> Result<std::vector<VmEvent>> {
    Step step(connection_->database(), together_ ? Step::Kind::Savepoint : Step::Kind::Transaction);
    auto changed = change();
    if (!changed) return std::move(changed).error();
    keepEvents(events);
    step.keep();
    return std::move(events);
  });
}

Result<std::vector<WriteOutcome>> Database::writeTogether(const std::vector<Write>& writes) {
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
  if (!together_) keepReserve(*connection_);
  const auto change = [&]() -> Result<void> {
    Query query = connection_->query(kInsert);
    bindVm(query, vm, Bind::All);
    query->bind(":run_id", vm.runId);
    query->bind(":created_at", static_cast<std::int64_t>(vm.createdAt.time_since_epoch().count()));
    return execute(query, vm);
  };
  return write(change, std::move(events));
}

Result<std::vector<VmEvent>> Database::update(const Vm& vm, std::vector<VmEvent> events) {
  const bool isBroken = vm.state == State::Broken;
  const auto change = [&]() -> Result<void> {
    Query query = connection_->query(isBroken ? kUpdateBroken : kUpdate);
    bindVm(query, vm, isBroken ? Bind::WhatIsKnown : Bind::All);
    return execute(query, vm);
  };
  return write(change, std::move(events));
}

Result<std::vector<VmEvent>> Database::remove(const std::string& vmId, std::vector<VmEvent> events) {
  const auto change = [&]() -> Result<void> {
    Query query = connection_->query(kRemove);
    query->bind(":id", vmId);
    if (query->exec() == 0) return noSuchVm(vmId);
    return {};
  };
  return write(change, std::move(events));
}

Result<std::vector<VmEvent>> Database::append(std::vector<VmEvent> events) {
  const auto nothing = []() -> Result<void> { return {}; };
  return write(nothing, std::move(events));
}

Result<EventPage> Database::events(const EventQuery& wanted) {
  return guarded(*connection_, [&]() -> Result<EventPage> {
    EventPage page;
    page.oldest = sequenceOf(kOldestSequence);
    page.newest = sequenceOf(kNewestSequence);
    page.reached = std::max(wanted.after, page.newest);
    const auto all = wanted.newest ? kNewestEvents : kEvents;
    const auto ofVm = wanted.newest ? kNewestEventsOfVm : kEventsOfVm;
    Query query = connection_->query(wanted.filter.vmId ? ofVm : all);
    query->bind(":after", toSigned(wanted.after));
    if (wanted.filter.vmId) query->bind(":vm_id", *wanted.filter.vmId);
    while (page.events.size() < std::min(wanted.limit, kMostEventsRead) && query->executeStep()) {
      VmEvent event = readEvent(query);
      if (wanted.filter.matches(event)) page.events.push_back(std::move(event));
    }
    const bool isCut = !wanted.newest && page.events.size() == wanted.limit && !page.events.empty();
    if (isCut) page.reached = page.events.back().sequence;
    if (wanted.newest) std::reverse(page.events.begin(), page.events.end());
    return page;
  });
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
  return guarded(*connection_, [&]() -> Result<void> {
    Query query = connection_->query(kSaveFact);
    query->bind(":name", name);
    query->bind(":value", value);
    query->exec();
    return {};
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
  return guarded(*connection_, [&]() -> Result<std::vector<std::string>> { return inspectDatabase(*connection_); });
}

Result<std::uint64_t> Database::lastEvent() {
  return guarded(*connection_, [&]() -> Result<std::uint64_t> {
    Query query = connection_->query(kLastEvent);
    return query->executeStep() ? static_cast<std::uint64_t>(query->getColumn(0).getInt64()) : std::uint64_t{0};
  });
}

Result<void> Database::skipEvents(std::uint64_t last) {
  return guarded(*connection_, [&]() -> Result<void> {
    SQLite::Transaction transaction(connection_->database(), SQLite::TransactionBehavior::IMMEDIATE);
    const auto number = toSigned(last);
    for (const std::string_view sql : {kNoteEventNumber, kRaiseEventNumber}) {
      Query query = connection_->query(sql);
      query->bind(":last", number);
      query->exec();
    }
    transaction.commit();
    return {};
  });
}

Result<void> Database::saveToken(const Token& token) {
  return guarded(*connection_, [&]() -> Result<void> {
    Query query = connection_->query(kSaveToken);
    bindToken(query, token);
    query->exec();
    return {};
  });
}

Result<void> Database::removeToken(const std::string& id) {
  return guarded(*connection_, [&]() -> Result<void> {
    Query query = connection_->query(kRemoveToken);
    query->bind(":id", id);
    query->exec();
    return {};
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
