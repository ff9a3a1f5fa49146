#include "daemon/app/instance.hpp"

#include <cerrno>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/file.hpp"

namespace microvm {
namespace {

Result<FileLock> claimFolder(const std::string& folder, const char* flag) {
  if (auto made = makeFolders(folder); !made) {
    made.error().hint = fmt::format("choose another folder with {}", flag);
    return std::move(made).error();
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    auto error = systemError("cannot work in the folder " + folder, errno);
    error.hint = fmt::format("choose another folder with {}", flag);
    return error;
  }
  auto lock = FileLock::tryLock(folder + "/daemon.lock");
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

Result<Instance> Instance::claim(const Options& options) {
  if (auto fits = checkRunFolder(options.runFolder); !fits) return std::move(fits).error();
  auto state = claimFolder(options.stateFolder, "--state-dir");
  if (!state) return std::move(state).error();
  auto run = claimFolder(options.runFolder, "--run-dir");
  if (!run) return std::move(run).error();
  return Instance(std::move(*state), std::move(*run));
}

}  // namespace microvm
