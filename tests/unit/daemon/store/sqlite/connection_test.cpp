#include "daemon/store/sqlite/connection.hpp"

#include <cstdio>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

/// An open database with something in its log.
struct Open {
  Open() : path(folder / "db"), connection(test::must(Connection::open(path))) {
    connection->database().exec("CREATE TABLE t (x)");
    connection->noteFiles();
  }
  test::TempDir folder;
  std::string path;
  std::unique_ptr<Connection> connection;
};

}  // namespace

TEST_CASE("files that grow are no loss") {
  Open open;

  open.connection->database().exec("INSERT INTO t VALUES (1)");

  CHECK_FALSE(open.connection->lossOfFiles());
}

TEST_CASE("a database file or log that was removed or replaced is told with the way out") {
  for (const auto* ending : {"", "-wal"}) {
    CAPTURE(ending);
    const Open open;
    const auto other = open.folder.write("other", "");

    REQUIRE(std::remove((open.path + ending).c_str()) == 0);
    const auto removed = open.connection->lossOfFiles();
    REQUIRE(removed);
    CHECK(removed->code == Errc::Unavailable);
    CHECK(removed->detail.find("removed") != std::string::npos);

    REQUIRE(std::rename(other.c_str(), (open.path + ending).c_str()) == 0);
    const auto replaced = open.connection->lossOfFiles();
    REQUIRE(replaced);
    CHECK(replaced->detail.find("replaced by another one") != std::string::npos);
    CHECK(replaced->hint.find("restart microvmd") != std::string::npos);
  }
}
