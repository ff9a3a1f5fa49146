#include "daemon/store/sqlite/copies.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/id.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

namespace {

constexpr std::array<const char*, 4> kEndings{"", "-journal", "-wal", "-shm"};

bool isThere(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

/// Removes a file that was not finished, and what SQLite kept beside it.
class Unfinished {
public:
  explicit Unfinished(std::string path) : path_(std::move(path)) {}
  ~Unfinished() {
    if (path_.empty()) return;
    for (const char* ending : kEndings)
      ::unlink((path_ + ending).c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

private:
  std::string path_;
};

Result<void> flushFile(const std::string& path, StoreCopy& copy) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file || ::fsync(file.get()) != 0 || ::fstat(file.get(), &info) != 0) {
    return systemError("cannot flush " + path, errno);
  }
  copy.bytes = static_cast<std::uint64_t>(info.st_size);
  return {};
}

Error taken(const std::string& path) {
  return Error{Errc::AlreadyExists, fmt::format("{} is there already", path), "choose another file, or remove it", {}};
}

}  // namespace

Result<StoreCopy> copyDatabase(Connection& connection, const std::string& path) {
  if (isThere(path)) return taken(path);
  Unfinished fresh(fmt::format("{}.{}", path, randomHex(8)));
  // SQLite takes an empty file as its own, and this one has the right mode.
  const UniqueFd made(::open(fresh.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made) {
    auto error = systemError("cannot create " + path, errno);
    fresh.keep();
    return error;
  }
  SQLite::Statement vacuum(connection.database(), "VACUUM INTO :file");
  vacuum.bind(":file", fresh.path());
  while (vacuum.executeStep()) {
  }
  StoreCopy copy;
  copy.path = path;
  copy.vms = static_cast<std::uint64_t>(connection.database().execAndGet("SELECT count(*) FROM vms").getInt64());
  if (auto flushed = flushFile(fresh.path(), copy); !flushed) return std::move(flushed).error();
  if (isThere(path)) return taken(path);
  if (::rename(fresh.path().c_str(), path.c_str()) != 0) return systemError("cannot make " + path, errno);
  fresh.keep();
  if (auto flushed = flushFolderOf(path); !flushed) return std::move(flushed).error();
  return copy;
}

std::vector<std::string> inspectDatabase(Connection& connection) {
  std::vector<std::string> findings;
  SQLite::Statement check(connection.database(), "PRAGMA integrity_check(100)");
  while (check.executeStep()) {
    std::string finding = check.getColumn(0).getString();
    if (finding != "ok") findings.push_back("the database: " + finding);
  }
  return findings;
}

Result<std::string> setAside(const std::string& path, const std::string& word) {
  const std::string base = fmt::format("{}.{}-{}", path, word, timeInName(now()));
  std::string place = base;
  const auto isTaken = [&place](const char* ending) { return isThere(place + ending); };
  for (int next = 2; std::any_of(kEndings.begin(), kEndings.end(), isTaken); ++next)
    place = fmt::format("{}-{}", base, next);
  // The log last: without its file it is set aside all the same, while a file without its log would look complete.
  for (const char* ending : kEndings) {
    const std::string from = path + ending;
    if (::rename(from.c_str(), (place + ending).c_str()) != 0 && errno != ENOENT) {
      return systemError("cannot rename " + from, errno);
    }
  }
  if (auto flushed = flushFolderOf(path); !flushed) return std::move(flushed).error();
  return place;
}

}  // namespace microvm
