#include "daemon/store/sqlite/sqlite_store.hpp"

#include <sys/stat.h>
#include <utility>

#include "api/core/time.hpp"
#include "daemon/async/blocking_pool.hpp"
#include "daemon/store/sqlite/copies.hpp"
#include "daemon/store/sqlite/database.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "daemon/store/sqlite/write_queue.hpp"

namespace microvm {

namespace {

class SqliteStore : public Store {
public:
  SqliteStore(std::unique_ptr<Database> database, StoreStart start)
      : database_(std::move(database)), start_(std::move(start)), thread_(1), queue_(*database_, thread_) {}

  Task<std::vector<Vm>> loadAll() override {
    auto job = [this] { return database_->loadAll(); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmEvent>> insert(Vm vm, std::vector<VmEvent> events) override {
    Write write = [this, &vm, &events] { return database_->insert(vm, events); };
    auto kept = co_await queue_.run(std::move(write));
    co_return tell(std::move(kept));
  }

  Task<std::vector<VmEvent>> update(Vm vm, std::vector<VmEvent> events) override {
    Write write = [this, &vm, &events] { return database_->update(vm, events); };
    auto kept = co_await queue_.run(std::move(write));
    co_return tell(std::move(kept));
  }

  Task<std::vector<VmEvent>> remove(std::string vmId, std::vector<VmEvent> events) override {
    Write write = [this, &vmId, &events] { return database_->remove(vmId, events); };
    auto kept = co_await queue_.run(std::move(write));
    co_return tell(std::move(kept));
  }

  Task<std::vector<VmEvent>> append(std::vector<VmEvent> events) override {
    Write write = [this, &events] { return database_->append(events); };
    auto kept = co_await queue_.run(std::move(write));
    co_return tell(std::move(kept));
  }

  Task<EventPage> events(EventQuery query) override {
    auto job = [this, &query] { return database_->events(query); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<void> saveOperation(VmOperation operation) override {
    Write write = [this, &operation] { return database_->saveOperation(operation); };
    auto kept = co_await queue_.run(std::move(write));
    if (!kept) co_return std::move(kept).error();
    co_return Result<void>();
  }

  Task<std::vector<VmOperation>> operations() override {
    auto job = [this] { return database_->operations(); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<void> saveAnswer(KeptAnswer answer) override {
    Write write = [this, &answer] { return database_->saveAnswer(answer); };
    auto kept = co_await queue_.run(std::move(write));
    if (!kept) co_return std::move(kept).error();
    co_return Result<void>();
  }

  Task<std::optional<KeptAnswer>> beginAnswer(KeptAnswer begun, Timestamp since) override {
    std::optional<KeptAnswer> known;
    Write write = [this, &begun, since, &known] { return database_->beginAnswer(begun, since, known); };
    auto kept = co_await queue_.run(std::move(write));
    if (!kept) co_return std::move(kept).error();
    co_return known;
  }

  Task<void> saveFact(std::string name, std::string value) override {
    auto job = [this, &name, &value] { return database_->saveFact(name, value); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::optional<std::string>> fact(std::string name) override {
    auto job = [this, &name] { return database_->fact(name); };
    co_return co_await thread_.run(std::move(job));
  }

  StoreStart start() const override { return start_; }
  std::optional<Error> problem() const override { return database_->problem(); }

  Task<StoreCopy> backup(std::string path) override {
    auto job = [this, &path] { return database_->backup(path); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<std::string>> verify() override {
    auto job = [this] { return database_->verify(); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<void> saveToken(Token token) override {
    auto job = [this, &token] { return database_->saveToken(token); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<void> removeToken(std::string id) override {
    auto job = [this, &id] { return database_->removeToken(id); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<Token>> tokens() override {
    auto job = [this] { return database_->tokens(); };
    co_return co_await thread_.run(std::move(job));
  }

private:
  std::unique_ptr<Database> database_;
  StoreStart start_;
  BlockingPool thread_;  // ends before the database does
  WriteQueue queue_;
};

bool isAbsent(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) != 0 || info.st_size == 0;
}

/// Beyond any number that was ever given: the clock counts faster than events happen.
std::uint64_t neverGiven() {
  return static_cast<std::uint64_t>(now().time_since_epoch().count());
}

}  // namespace

Result<std::unique_ptr<Store>> openSqliteStore(const std::string& path, VmsElsewhere elsewhere) {
  StoreStart start;
  start.wasAbsent = isAbsent(path);
  // SQLite would throw away the log of a file that is gone.
  if (start.wasAbsent && (!isAbsent(path + "-wal") || !isAbsent(path + "-journal"))) {
    auto aside = setAside(path, "lost");
    if (!aside) return std::move(aside).error();
  }
  auto database = Database::open(path);
  if (!database && isDamage(database.error())) {
    start.damage = database.error().detail;
    auto aside = setAside(path, "damaged");
    if (!aside) return std::move(aside).error();
    start.setAside = std::move(*aside);
    database = Database::open(path);
  }
  if (!database) return std::move(database).error();
  if (!start.damage.empty() || (start.wasAbsent && elsewhere == VmsElsewhere::Yes)) {
    auto skipped = (*database)->skipEvents(neverGiven());
    if (!skipped) return std::move(skipped).error();
  }
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(*database), std::move(start)));
}

}  // namespace microvm
