#include "daemon/store/sqlite/restore.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/id.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/store/sqlite/copies.hpp"
#include "daemon/store/sqlite/database.hpp"

namespace microvm {

namespace {

namespace fs = std::filesystem;

/// The files that begin with the copy's name, gone with this object unless the copy was put into its place.
class Workplace {
public:
  explicit Workplace(const std::string& path) : copy_(fmt::format("{}.restore-{}", path, randomHex(8))) {}
  ~Workplace() {
    std::error_code ignored;
    const auto name = fs::path(copy_).filename().string();
    for (const auto& each : fs::directory_iterator(fs::path(copy_).parent_path(), ignored)) {
      if (each.path().filename().string().starts_with(name)) fs::remove(each.path(), ignored);
    }
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  [[nodiscard]] const std::string& copy() const { return copy_; }

private:
  std::string copy_;
};

Result<void> copyFile(const std::string& from, const std::string& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info {};
  if (!source || ::fstat(source.get(), &info) != 0) return systemError("cannot read " + from, errno);
  if (!S_ISREG(info.st_mode)) return Error{Errc::Invalid, from + " is not a regular file", {}, {}};
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) return systemError("cannot create " + to, errno);
  std::string buffer(1024 * 1024, '\0');
  while (true) {
    const auto got = ::read(source.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError("cannot read " + from, errno);
    if (got == 0) break;
    for (ssize_t done = 0; done < got;) {
      const auto written = ::write(target.get(), buffer.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return systemError("cannot write " + to, errno);
      done += written;
    }
  }
  if (::fsync(target.get()) != 0) return systemError("cannot flush " + to, errno);
  return {};
}

/// A copy that was made by hand may need its log.
Result<void> copyWithLog(const std::string& from, const std::string& to) {
  auto copied = copyFile(from, to);
  if (!copied || ::access((from + "-wal").c_str(), F_OK) != 0) return copied;
  return copyFile(from + "-wal", to + "-wal");
}

/// The error of the copy as that of the file which the user named.
Error named(Error error, const std::string& copy, const std::string& file) {
  for (auto at = error.detail.find(copy); at != std::string::npos; at = error.detail.find(copy, at + file.size()))
    error.detail.replace(at, copy.size(), file);
  error.hint = "choose another backup; nothing was changed";
  return error;
}

/// Beyond every event of the database that is there; beyond any that ever was when it cannot tell.
std::uint64_t lastEventOf(const std::string& path) {
  auto present = Database::open(path);
  const auto last = present ? (*present)->lastEvent() : Result<std::uint64_t>(std::move(present).error());
  return last.value_or(static_cast<std::uint64_t>(now().time_since_epoch().count()));
}

Result<std::uint64_t> prepare(Database& database, std::uint64_t lastEvent, std::string detail) {
  auto findings = database.verify();
  if (!findings) return std::move(findings).error();
  if (!findings->empty()) {
    return Error{Errc::Io, fmt::format("the backup has a fault: {}", findings->front()), {}, {}};
  }
  auto vms = database.loadAll();
  if (!vms) return std::move(vms).error();
  if (auto skipped = database.skipEvents(lastEvent); !skipped) return std::move(skipped).error();
  VmEvent event;
  event.at = now();
  event.type = "store.restored";
  event.cause = "user";
  event.detail = std::move(detail);
  std::vector<VmEvent> events;
  events.push_back(std::move(event));
  if (auto told = database.append(std::move(events)); !told) return std::move(told).error();
  return static_cast<std::uint64_t>(vms->size());
}

}  // namespace

Result<Restored> restoreDatabase(const std::string& file, const std::string& path) {
  const Workplace workplace(path);
  if (auto copied = copyWithLog(file, workplace.copy()); !copied) {
    return named(std::move(copied).error(), workplace.copy(), file);
  }
  const bool isReplacing = ::access(path.c_str(), F_OK) == 0;
  Restored restored;
  {
    auto database = Database::open(workplace.copy());
    if (!database) return named(std::move(database).error(), workplace.copy(), file);
    const auto lastEvent = isReplacing ? lastEventOf(path) : 0;
    auto vms = prepare(**database, lastEvent, fmt::format("the database was restored from {}", file));
    if (!vms) return named(std::move(vms).error(), workplace.copy(), file);
    restored.vms = *vms;
  }
  if (isReplacing) {
    auto aside = setAside(path, "before-restore");
    if (!aside) return std::move(aside).error();
    restored.setAside = std::move(*aside);
  }
  if (::rename(workplace.copy().c_str(), path.c_str()) != 0) return systemError("cannot make " + path, errno);
  if (auto flushed = flushFolderOf(path); !flushed) return std::move(flushed).error();
  return restored;
}

}  // namespace microvm
