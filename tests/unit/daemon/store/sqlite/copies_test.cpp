#include "daemon/store/sqlite/copies.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include "daemon/store/sqlite/database.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/reserve.hpp"
#include "daemon/store/sqlite/restore.hpp"
#include "daemon/store/sqlite/sqlite_store.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

namespace fs = std::filesystem;

class Folder {
public:
  [[nodiscard]] std::string operator/(const std::string& name) const { return place_ / name; }
  [[nodiscard]] std::string file() const { return place_ / "microvm.db"; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(place_.path()))
      found.push_back(entry.path().filename());
    return found;
  }

private:
  test::TempDir place_;
};

Vm makeVm(const std::string& id) {
  Vm vm;
  vm.id = id;
  vm.runId = "run" + id;
  vm.definition.name = "vm" + id;
  vm.definition.boot = LinuxBoot{"/k", {}, {}};
  return vm;
}

void fill(const std::string& file, int vms) {
  auto database = Database::open(file);
  REQUIRE(database);
  for (int i = 0; i < vms; ++i)
    REQUIRE((*database)->insert(makeVm(std::to_string(i)), {VmEvent{}}));
}

std::uint64_t nextEvent(const std::string& file) {
  auto database = Database::open(file);
  REQUIRE(database);
  return (*database)->append({VmEvent{}}).value().front().sequence;
}

std::size_t vmsIn(const std::string& file) {
  auto database = Database::open(file);
  REQUIRE_MESSAGE(database, database.error().detail);
  return (*database)->loadAll().value().size();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
}

}  // namespace

TEST_CASE("a copy has everything, is its owner's only, and replaces no file") {
  const Folder folder;
  fill(folder.file(), 3);
  auto database = Database::open(folder.file());
  REQUIRE(database);

  const auto copy = (*database)->backup(folder / "copy");
  const auto again = (*database)->backup(folder / "copy");
  const auto nowhere = (*database)->backup(folder / "none/copy");

  REQUIRE(copy);
  CHECK(copy->vms == 3);
  CHECK(copy->bytes == fs::file_size(folder / "copy"));
  struct stat info {};
  REQUIRE(::stat((folder / "copy").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  CHECK(again.error().code == Errc::AlreadyExists);
  CHECK(nowhere.error().code == Errc::NotFound);
  CHECK(vmsIn(folder / "copy") == 3);
}

TEST_CASE("a sound database has no findings, a damaged index has") {
  const Folder folder;
  fill(folder.file(), 3);
  CHECK(Database::open(folder.file()).value()->verify().value().empty());
  {
    SQLite::Database raw(folder.file(), SQLite::OPEN_READWRITE);
    raw.exec(
        "PRAGMA writable_schema=ON; DELETE FROM sqlite_schema WHERE name = 'events_by_vm'; PRAGMA writable_schema=OFF");
  }

  auto connection = Connection::open(folder.file());
  REQUIRE(connection);

  CHECK_FALSE(inspectDatabase(**connection).empty());
}

TEST_CASE("what is set aside keeps its companions and can be opened") {
  const Folder folder;
  fill(folder.file(), 2);
  write(folder / "microvm.db-other", "stays");

  const auto first = setAside(folder.file(), "damaged");
  fill(folder.file(), 1);
  const auto second = setAside(folder.file(), "damaged");

  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first != *second);
  CHECK(vmsIn(*first) == 2);
  CHECK(vmsIn(*second) == 1);
  CHECK(fs::exists(folder / "microvm.db-other"));
  CHECK_FALSE(fs::exists(folder.file() + "-wal"));
}

TEST_CASE("a damaged database is set aside, and events go on at numbers that were never given") {
  const Folder folder;
  fill(folder.file(), 5);
  write(folder.file(), std::string(9'000, 'x'));

  StoreStart start;
  {
    const auto store = openSqliteStore(folder.file());
    REQUIRE(store);
    start = (*store)->start();
  }

  CHECK_FALSE(start.wasAbsent);
  CHECK(start.damage.find("is damaged") != std::string::npos);
  CHECK(fs::file_size(start.setAside) == 9'000);
  CHECK(vmsIn(folder.file()) == 0);
  CHECK(nextEvent(folder.file()) > 1'000'000);
}

TEST_CASE("a database whose tables are gone is damaged") {
  const Folder folder;
  fill(folder.file(), 1);
  {
    SQLite::Database raw(folder.file(), SQLite::OPEN_READWRITE);
    raw.exec("DROP TABLE vms");
  }

  const auto opened = Database::open(folder.file());

  REQUIRE_FALSE(opened);
  CHECK(isDamage(opened.error()));
}

TEST_CASE("a new database begins with event 1, one that was lost does not") {
  const Folder folder;
  CHECK(openSqliteStore(folder.file()).value()->start().wasAbsent);
  CHECK(nextEvent(folder.file()) == 1);
  CHECK_FALSE(openSqliteStore(folder.file()).value()->start().wasAbsent);
  CHECK(nextEvent(folder.file()) == 2);
  fs::remove(folder.file());

  CHECK(openSqliteStore(folder.file(), VmsElsewhere::Yes).value()->start().wasAbsent);

  CHECK(nextEvent(folder.file()) > 1'000'000);
}

TEST_CASE("before a schema is changed the database is copied") {
  const Folder folder;
  fill(folder.file(), 3);
  auto all = migrations();
  const int newest = static_cast<int>(all.size());
  all.push_back("CREATE TABLE later (x) STRICT");
  const auto kept = folder.file() + ".schema-" + std::to_string(newest);

  SUBCASE("and then changed") {
    all.back() = "CREATE TABLE later (x TEXT) STRICT";
    auto connection = Connection::open(folder.file());
    REQUIRE(migrate(**connection, all));
    CHECK((*connection)->database().execAndGet("PRAGMA user_version").getInt() == newest + 1);
  }
  SUBCASE("and stays as it was when the change fails") {
    all.back() = "CREATE TABLE vms (x TEXT) STRICT";
    auto connection = Connection::open(folder.file());
    CHECK_THROWS((void)migrate(**connection, all));
    CHECK((*connection)->database().execAndGet("PRAGMA user_version").getInt() == newest);
  }

  CHECK(vmsIn(kept) == 3);
}

TEST_CASE("a restored database is the copy, with event numbers above both, and the one before is kept") {
  const Folder folder;
  fill(folder.file(), 2);
  REQUIRE(Database::open(folder.file()).value()->backup(folder / "copy"));
  fill(folder / "other", 0);
  {
    auto database = Database::open(folder.file());
    REQUIRE((*database)->remove("1", {VmEvent{}, VmEvent{}, VmEvent{}}));
  }

  const auto restored = restoreDatabase(folder / "copy", folder.file());

  REQUIRE_MESSAGE(restored, restored.error().detail);
  CHECK(restored->vms == 2);
  CHECK(vmsIn(restored->setAside) == 1);
  CHECK(vmsIn(folder / "copy") == 2);
  auto database = Database::open(folder.file());
  CHECK((*database)->loadAll().value().size() == 2);
  const auto events = (*database)->events({}).value().events;
  CHECK(events.back().type == "store.restored");
  CHECK(events.back().sequence == 6);
  for (const auto& name : folder.names())
    CHECK(name.find(".restore-") == std::string::npos);
}

TEST_CASE("a copy that cannot be used is refused by its own name, and nothing has changed") {
  const Folder folder;
  fill(folder.file(), 2);
  write(folder / "garbage", std::string(9'000, 'x'));
  {
    SQLite::Database raw(folder / "foreign", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    raw.exec("CREATE TABLE songs (name TEXT)");
  }
  fill(folder / "newer", 1);
  {
    SQLite::Database raw(folder / "newer", SQLite::OPEN_READWRITE);
    raw.exec("PRAGMA user_version = 99");
  }

  for (const auto* name : {"garbage", "foreign", "newer", "none"}) {
    CAPTURE(name);
    const auto restored = restoreDatabase(folder / name, folder.file());
    REQUIRE_FALSE(restored);
    CHECK(restored.error().detail.find(folder / name) != std::string::npos);
    CHECK(restored.error().detail.find(".restore-") == std::string::npos);
    CHECK(vmsIn(folder.file()) == 2);
  }
  for (const auto& name : folder.names())
    CHECK(name.find(".restore-") == std::string::npos);
}

TEST_CASE("the log has its full size while the database is open and after, and means nothing when it is closed") {
  const Folder folder;
  fill(folder.file(), 2);
  const auto log = folder.file() + "-wal";
  CHECK(fs::file_size(log) > 1024 * 1024);
  REQUIRE(Database::open(folder.file()).value()->backup(folder / "copy"));
  fill(folder / "other", 0);

  // Another file in its place is not spoilt by the log of the one before.
  fs::copy_file(folder / "other", folder.file(), fs::copy_options::overwrite_existing);

  CHECK(vmsIn(folder.file()) == 0);
  SQLite::Database raw(folder.file());
  CHECK(raw.execAndGet("PRAGMA freelist_count").getInt() >= 64);
}
