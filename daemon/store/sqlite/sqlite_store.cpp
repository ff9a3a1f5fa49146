#include "daemon/store/sqlite/sqlite_store.hpp"

#include <utility>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/store/sqlite/database.hpp"

namespace microvm {

namespace {

class SqliteStore : public Store {
public:
  explicit SqliteStore(std::unique_ptr<Database> database) : database_(std::move(database)), thread_(1) {}

  Task<std::vector<Vm>> loadAll() override {
    auto job = [this] { return database_->loadAll(); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmEvent>> insert(Vm vm, std::vector<VmEvent> events) override {
    auto job = [this, &vm, &events] { return database_->insert(vm, std::move(events)); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmEvent>> update(Vm vm, std::vector<VmEvent> events) override {
    auto job = [this, &vm, &events] { return database_->update(vm, std::move(events)); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmEvent>> remove(std::string vmId, std::vector<VmEvent> events) override {
    auto job = [this, &vmId, &events] { return database_->remove(vmId, std::move(events)); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmEvent>> append(std::vector<VmEvent> events) override {
    auto job = [this, &events] { return database_->append(std::move(events)); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmEvent>> events(EventQuery query) override {
    auto job = [this, &query] { return database_->events(query); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<void> saveOperation(VmOperation operation) override {
    auto job = [this, &operation] { return database_->saveOperation(operation); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::vector<VmOperation>> operations() override {
    auto job = [this] { return database_->operations(); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<void> saveFact(std::string name, std::string value) override {
    auto job = [this, &name, &value] { return database_->saveFact(name, value); };
    co_return co_await thread_.run(std::move(job));
  }

  Task<std::optional<std::string>> fact(std::string name) override {
    auto job = [this, &name] { return database_->fact(name); };
    co_return co_await thread_.run(std::move(job));
  }

private:
  std::unique_ptr<Database> database_;
  BlockingPool thread_;  // ends before the database does
};

}  // namespace

Result<std::unique_ptr<Store>> openSqliteStore(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return std::move(database).error();
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(*database)));
}

}  // namespace microvm
