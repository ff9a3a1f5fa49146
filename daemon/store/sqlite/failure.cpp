#include "daemon/store/sqlite/failure.hpp"

#include <cerrno>
#include <sqlite3.h>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>

namespace microvm {

namespace {

constexpr const char* kWayOutOfDamage =
    "restart the daemon: it sets the file aside and makes a new one from the vm.json files; or put a backup in its "
    "place "
    "with microvmctl system restore";

Errc codeOf(int primary, int systemErrno) {
  const bool isOutOfSpace = systemErrno == ENOSPC || systemErrno == EDQUOT;
  const bool isForbidden = systemErrno == EACCES || systemErrno == EPERM || systemErrno == EROFS;
  switch (primary) {
    case SQLITE_FULL:
      return Errc::DiskFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::Permission;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::InUse;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (isOutOfSpace) return Errc::DiskFull;
      return isForbidden ? Errc::Permission : Errc::Io;
    default:
      return Errc::Io;
  }
}

std::string hintFor(Errc code) {
  switch (code) {
    case Errc::DiskFull:
      return "make room on that disk and ask again; nothing was changed";
    case Errc::Permission:
      return "the daemon needs to write to the file and its folder";
    case Errc::InUse:
      return "another program holds the database: end it and ask again";
    default:
      return {};
  }
}

}  // namespace

Error storeError(const SQLite::Exception& failure, const std::string& path, int systemErrno) {
  const int primary = failure.getErrorCode() & 0xFF;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) return damagedError(path, failure.what());
  const Errc code = codeOf(primary, systemErrno);
  std::string reason = failure.what();
  const bool isOfSystem = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  if (isOfSystem && systemErrno != 0) reason = systemError(reason, systemErrno).detail;
  return Error{code, fmt::format("the database {} cannot be used: {}", path, reason), hintFor(code), {}};
}

Error damagedError(const std::string& path, const std::string& finding) {
  return Error{Errc::Io, fmt::format("the database {} is damaged: {}", path, finding), kWayOutOfDamage, {}};
}

bool isDamage(const Error& error) {
  return error.code == Errc::Io && error.hint == kWayOutOfDamage;
}

}  // namespace microvm
