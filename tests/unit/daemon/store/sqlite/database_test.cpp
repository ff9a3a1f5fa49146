#include "daemon/store/sqlite/database.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <doctest/doctest.h>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

namespace fs = std::filesystem;

class Folder {
public:
  [[nodiscard]] std::string file() const { return place_ / "microvm.db"; }

private:
  test::TempDir place_;
};

Vm makeVm(const std::string& id, const std::string& name) {
  Vm vm;
  vm.id = id;
  vm.runId = "run" + id;
  vm.definition.name = name;
  vm.definition.boot = LinuxBoot{"/k", {}, {}};
  return vm;
}

/// Runs SQL on the file while nobody else has it open.
void alter(const std::string& file, const std::string& sql) {
  SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(sql);
}

std::unique_ptr<Database> opened(const std::string& file) {
  auto database = Database::open(file);
  if (!database) FAIL(database.error().detail);
  return std::move(*database);
}

Error refusalOf(const std::string& file) {
  auto database = Database::open(file);
  REQUIRE_FALSE(database.has_value());
  CHECK_FALSE(database.error().hint.empty());
  return std::move(database).error();
}

std::string bytesOf(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

TEST_CASE("a new database has mode 0600, whatever the mask, and so have its companions") {
  const Folder folder;
  const mode_t mask = ::umask(0);

  const auto database = opened(folder.file());
  REQUIRE(database->insert(makeVm("1", "web"), {}).has_value());

  ::umask(mask);
  for (const char* ending : {"", "-wal", "-shm"}) {
    struct stat info {};
    REQUIRE(::stat((folder.file() + ending).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("what was kept is there after the database was closed and opened again") {
  const Folder folder;
  const Vm web = makeVm("1", "web");
  REQUIRE(opened(folder.file())->insert(web, {VmEvent{0, {}, "1", "web", "vm.created", "user", ""}}).has_value());

  const auto database = opened(folder.file());

  CHECK(database->loadAll().value() == std::vector<Vm>{web});
  CHECK(database->events({}).value().events.size() == 1);
}

TEST_CASE("a row that cannot be read is broken with its reason and hides no other") {
  const Folder folder;
  {
    const auto database = opened(folder.file());
    for (const char* id : {"1", "2", "3", "4", "5"}) {
      REQUIRE(database->insert(makeVm(id, std::string("vm") + id), {}).has_value());
    }
  }
  alter(folder.file(), "UPDATE vms SET definition = '{' WHERE id = '1'");
  alter(folder.file(), "UPDATE vms SET state = 'dancing' WHERE id = '2'");
  alter(folder.file(), "UPDATE vms SET last_exit = '[]' WHERE id = '3'");
  alter(folder.file(),
        "UPDATE vms SET definition = '{\"metadata\":{\"name\":\"x\"},\"spec\":{\"later\":1}}' WHERE id = '4'");

  const auto vms = opened(folder.file())->loadAll().value();

  REQUIRE(vms.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(vms[i].state == State::Broken);
    CHECK(vms[i].reason.find("in the database cannot be read") != std::string::npos);
    CHECK(vms[i].definition.name == "vm" + std::to_string(i + 1));
  }
  CHECK(vms[4] == makeVm("5", "vm5"));
}

TEST_CASE("an unreadable definition survives an update of its broken VM") {
  const Folder folder;
  REQUIRE(opened(folder.file())->insert(makeVm("1", "web"), {}).has_value());
  alter(folder.file(), "UPDATE vms SET definition = '{\"precious\"' WHERE id = '1'");
  {
    const auto database = opened(folder.file());
    REQUIRE(database->update(database->loadAll().value().front(), {}).has_value());
  }

  SQLite::Database raw(folder.file());

  CHECK(raw.execAndGet("SELECT definition FROM vms").getString() == "{\"precious\"");
}

TEST_CASE("a newer schema is refused and left as it is") {
  const Folder folder;
  opened(folder.file());
  alter(folder.file(), "PRAGMA user_version = 99");

  const Error error = refusalOf(folder.file());

  CHECK(error.code == Errc::Invalid);
  CHECK(error.detail.find("has schema 99") != std::string::npos);
  CHECK(SQLite::Database(folder.file()).execAndGet("PRAGMA user_version").getInt() == 99);
}

TEST_CASE("a database of another program is refused") {
  const Folder folder;
  alter(folder.file(), "CREATE TABLE songs (name TEXT)");

  CHECK(refusalOf(folder.file()).detail.find("of another program") != std::string::npos);
}

TEST_CASE("a file that is no database is refused and keeps its bytes") {
  const Folder folder;
  const std::string text(5'000, 'x');
  std::ofstream(folder.file()) << text;

  const Error error = refusalOf(folder.file());

  CHECK(isDamage(error));
  CHECK(error.detail.find("is damaged") != std::string::npos);
  CHECK(bytesOf(folder.file()) == text);
}

TEST_CASE("a damaged page is found when the database is opened") {
  const Folder folder;
  {
    const auto database = opened(folder.file());
    for (int i = 0; i < 50; ++i) {
      const std::string id = std::to_string(i);
      REQUIRE(database->insert(makeVm(id, "vm" + id), {}).has_value());
    }
  }
  {
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4'096 + 8);
    file << std::string(20'000, '\x5a');
  }

  CHECK(refusalOf(folder.file()).detail.find("is damaged") != std::string::npos);
}

TEST_CASE("a missing folder and a folder in the file's place are errors") {
  const Folder folder;

  const auto missing = Database::open(folder.file() + "/none/microvm.db");
  const auto place = Database::open(fs::path(folder.file()).parent_path());

  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == Errc::NotFound);
  CHECK_FALSE(place.has_value());
}

TEST_CASE("every pragma holds") {
  const Folder folder;
  auto connection = Connection::open(folder.file());
  REQUIRE(connection.has_value());
  SQLite::Database& database = (*connection)->database();

  CHECK(database.execAndGet("PRAGMA journal_mode").getString() == "wal");
  CHECK(database.execAndGet("PRAGMA synchronous").getInt() == 2);
  CHECK(database.execAndGet("PRAGMA trusted_schema").getInt() == 0);
}

TEST_CASE("a full disk, a read-only file and a held one are told apart") {
  const Folder folder;
  alter(folder.file(), "CREATE TABLE t (x)");
  SQLite::Database full(folder.file(), SQLite::OPEN_READWRITE);
  full.exec("PRAGMA max_page_count = 2");
  SQLite::Database readOnly(folder.file(), SQLite::OPEN_READONLY);
  const auto codeOf = [](SQLite::Database& database, const char* sql) {
    try {
      database.exec(sql);
    } catch (const SQLite::Exception& failure) {
      return storeError(failure, "/x", 0).code;
    }
    return Errc::Internal;
  };

  CHECK(codeOf(full, "INSERT INTO t VALUES (zeroblob(100000))") == Errc::DiskFull);
  CHECK(codeOf(readOnly, "INSERT INTO t VALUES (1)") == Errc::Permission);
  full.exec("BEGIN EXCLUSIVE");
  CHECK(codeOf(readOnly, "SELECT * FROM t") == Errc::InUse);
}

TEST_CASE("the schema's number is the number of migrations") {
  const Folder folder;
  opened(folder.file());

  CHECK(SQLite::Database(folder.file()).execAndGet("PRAGMA user_version").getInt() == newestSchema());
}
