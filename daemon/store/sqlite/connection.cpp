#include "daemon/store/sqlite/connection.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sqlite3.h>
#include <sys/stat.h>
#include <utility>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>

#include "api/core/unique_fd.hpp"
#include "daemon/store/sqlite/failure.hpp"

namespace microvm {

namespace {

struct Pragma {
  const char* name;
  const char* value;
  const char* readBack;
};

// synchronous=FULL: NORMAL may lose the last commits at a power cut, and intent is persisted before it is acted on.
constexpr Pragma kPragmas[] = {
    {"journal_mode", "WAL", "wal"},      {"synchronous", "FULL", "2"},         {"foreign_keys", "ON", "1"},
    {"busy_timeout", "5000", "5000"},    {"trusted_schema", "OFF", "0"},       {"fullfsync", "ON", "1"},
    {"checkpoint_fullfsync", "ON", "1"}, {"wal_autocheckpoint", "256", "256"}, {"cache_size", "-512", "-512"}};

/// Makes the file before SQLite would, for its mode; closed again before SQLite holds locks on it.
Result<void> prepareFile(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600));
  if (!file) return systemError("the database " + path + " cannot be opened", errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return systemError("the database " + path + " cannot be examined", errno);
  if (!S_ISREG(info.st_mode)) return Error{Errc::Io, "the database " + path + " is no regular file", {}, {}};
  if ((info.st_mode & 07777U) != 0600U && ::fchmod(file.get(), 0600) != 0) {
    return systemError("the mode of the database " + path + " cannot be set to 0600", errno);
  }
  return {};
}

std::optional<Error> setPragmas(SQLite::Database& database, const std::string& path) {
  for (const Pragma& pragma : kPragmas) {
    SQLite::Statement set(database, fmt::format("PRAGMA {}={}", pragma.name, pragma.value));
    while (set.executeStep()) {
    }
    const std::string found = database.execAndGet(fmt::format("PRAGMA {}", pragma.name)).getString();
    if (found == pragma.readBack) continue;
    return Error{Errc::Io,
                 fmt::format("the database {} does not take {}={}: it says {}", path, pragma.name, pragma.value, found),
                 "keep the state folder on a local disk: network file systems cannot do it",
                 {}};
  }
  return std::nullopt;
}

}  // namespace

Query::~Query() {
  statement_.tryReset();
  statement_.clearBindings();
}

Connection::Connection(const std::string& path) : path_(path), database_(path, SQLite::OPEN_READWRITE) {
  sqlite3_extended_result_codes(database_.getHandle(), 1);
  // The log's blocks stay ours while nothing runs, see reserve.hpp.
  int keepLog = 1;
  sqlite3_file_control(database_.getHandle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keepLog);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path) {
  auto prepared = prepareFile(path);
  if (!prepared) return std::move(prepared).error();
  std::unique_ptr<Connection> connection;
  try {
    connection = std::make_unique<Connection>(path);
    if (auto error = setPragmas(connection->database_, path)) return std::move(*error);
  } catch (const SQLite::Exception& failure) {
    return storeError(failure, path, connection ? connection->systemErrno() : 0);
  }
  return connection;
}

Query Connection::query(std::string_view sql) {
  auto& statement = statements_[sql.data()];
  if (!statement) statement = std::make_unique<SQLite::Statement>(database_, std::string(sql));
  return Query(*statement);
}

int Connection::systemErrno() {
  return sqlite3_system_errno(database_.getHandle());
}

std::optional<Connection::File> Connection::identify(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return File{path, info.st_dev, info.st_ino};
}

void Connection::noteFiles() {
  files_.clear();
  for (const auto& each : {path_, path_ + "-wal"}) {
    if (auto file = identify(each)) files_.push_back(std::move(*file));
  }
}

std::optional<Error> Connection::lossOfFiles() const {
  for (const File& file : files_) {
    const auto found = identify(file.path);
    if (found && found->device == file.device && found->inode == file.inode) continue;
    return Error{Errc::Unavailable,
                 fmt::format("the database file {} was {} while microvmd has it open", file.path,
                             found ? "replaced by another one" : "removed"),
                 "restart microvmd: it takes what is there, and every VM that is missing from its vm.json; VMs go on",
                 {}};
  }
  return std::nullopt;
}

}  // namespace microvm
