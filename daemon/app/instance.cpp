#include "daemon/app/instance.hpp"

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/run_folder.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm {
namespace {

Error notOurs(const std::string& detail) {
  return Error{Errc::Permission, detail, {}, {}};
}

/// Whoever else can write in a folder, or lead its path elsewhere, can put sockets and locks of their own in the place
/// of ours. A link of our own is our own wish, and root could do anything anyway.
Result<void> checkOwner(const std::string& folder) {
  struct stat link {};
  if (::lstat(folder.c_str(), &link) != 0) return systemError("cannot examine the folder " + folder, errno);
  if (S_ISLNK(link.st_mode) && link.st_uid != ::geteuid() && link.st_uid != 0) {
    return notOurs(fmt::format("{} is a link of user {}, not of user {}", folder, link.st_uid, ::geteuid()));
  }
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0 || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    return systemError("cannot work in the folder " + folder, errno);
  }
  if (info.st_uid != ::geteuid()) {
    return notOurs(fmt::format("the folder {} belongs to user {}, not to user {}", folder, info.st_uid, ::geteuid()));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return notOurs(fmt::format("others may write in the folder {}", folder));
  }
  return {};
}

constexpr int kPause = 10;  // ms

/// A daemon that was killed while it started a process is survived by that process for a moment, with all its
/// descriptors, until it has become its program.
Result<std::optional<FileLock>> lockFolder(const std::string& folder, Milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto lock = FileLock::tryLock(folder + "/daemon.lock");
    if (!lock || *lock || std::chrono::steady_clock::now() >= deadline) return lock;
    ::poll(nullptr, 0, kPause);
  }
}

Result<FileLock> claimFolder(const std::string& folder, const char* flag, Milliseconds patience) {
  if (auto made = makeFolders(folder); !made) {
    made.error().hint = fmt::format("choose another folder with {}", flag);
    return std::move(made).error();
  }
  if (auto ours = checkOwner(folder); !ours) {
    ours.error().hint = fmt::format("choose another folder with {}", flag);
    return std::move(ours).error();
  }
  auto lock = lockFolder(folder, patience);
  if (!lock) return std::move(lock).error();
  if (!*lock) {
    return Error{Errc::InUse,
                 fmt::format("another microvmd works in {}", folder),
                 fmt::format("use that one, or choose another folder with {}", flag),
                 {}};
  }
  return std::move(**lock);
}

}  // namespace

Result<Instance> Instance::claim(const Options& options, Milliseconds patience) {
  if (auto fits = checkRunFolder(options.runFolder); !fits) return std::move(fits).error();
  if (auto fits = checkSocketPath(options.socket); !fits) {
    fits.error().hint = "choose a shorter path with --socket";
    return std::move(fits).error();
  }
  auto state = claimFolder(options.stateFolder, "--state-dir", patience);
  if (!state) return std::move(state).error();
  auto run = claimFolder(options.runFolder, "--run-dir", patience);
  if (!run) return std::move(run).error();
  return Instance(std::move(*state), std::move(*run));
}

}  // namespace microvm
