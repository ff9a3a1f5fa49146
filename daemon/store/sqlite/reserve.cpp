#include "daemon/store/sqlite/reserve.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

namespace {

// The log is emptied into the file every 256 pages (see connection.cpp), so it never has to grow beyond this.
constexpr int kPages = 320;
constexpr int kFewestFreePages = 64;
constexpr off_t kPageBytes = 4096;
constexpr off_t kFrameBytes = kPageBytes + 24;
constexpr std::size_t kLogHeaderBytes = 32;

std::string logOf(const std::string& path) {
  return path + "-wal";
}

bool isLogLong(const std::string& path) {
  struct stat info {};
  return ::stat(logOf(path).c_str(), &info) == 0 && info.st_size >= kPages * kFrameBytes;
}

}  // namespace

void keepReserve(Connection& connection) {
  SQLite::Database& database = connection.database();
  try {
    const int freePages = database.execAndGet("PRAGMA freelist_count").getInt();
    if (freePages >= kFewestFreePages && isLogLong(connection.path())) return;
    {
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      database.exec("CREATE TABLE IF NOT EXISTS reserve (filling BLOB)");
      database.exec(fmt::format("INSERT INTO reserve VALUES (zeroblob({}))", kPages * kPageBytes));
      transaction.commit();
    }
    database.exec("DROP TABLE reserve");
  } catch (const SQLite::Exception& failure) {
    logWarn("the database has no reserve path={} reason=\"{}\"", connection.path(), failure.what());
    database.tryExec("DROP TABLE IF EXISTS reserve");
  }
}

bool emptyLog(Connection& connection) {
  int frames = 0;
  int moved = 0;
  sqlite3* const handle = connection.database().getHandle();
  const int outcome = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_FULL, &frames, &moved);
  return outcome == SQLITE_OK && frames == moved;
}

void closeLog(const std::string& path) {
  const UniqueFd log(::open(logOf(path).c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!log || ::fstat(log.get(), &info) != 0 || info.st_size < static_cast<off_t>(kLogHeaderBytes)) return;
  const char nothing[kLogHeaderBytes] = {};
  const bool isWritten = ::pwrite(log.get(), nothing, sizeof nothing, 0) == static_cast<ssize_t>(sizeof nothing);
  if (!isWritten || ::fsync(log.get()) != 0) logWarn("the database's log could not be closed path={}", logOf(path));
}

}  // namespace microvm
