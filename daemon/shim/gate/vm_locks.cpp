#include "daemon/shim/gate/vm_locks.hpp"

#include <poll.h>
#include <unistd.h>
#include <utility>

#include "daemon/process/boot_id.hpp"
#include "daemon/shim/gate/leftover.hpp"

namespace microvm::shim {
namespace {

constexpr int kAttempts = 20;  // a probe of the daemon holds the lock for an instant
constexpr int kPause = 5;

Error inUse(const std::string& path, const std::string& vmId, const std::string& where) {
  return Error{Errc::InUse, "the lock " + path + " is held: the VM " + vmId + " runs already" + where, {}, {}};
}

/// Nothing when it cannot be had.
Result<std::optional<FileLock>> takeSoon(const std::string& path) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt != 0) ::poll(nullptr, 0, kPause);
    auto lock = FileLock::tryLock(path);
    if (!lock || lock->has_value()) return lock;
  }
  return std::optional<FileLock>();
}

/// A shim that lives although nobody holds its lock: the file was replaced. One that was killed may need a moment.
bool hasLivingShim(const LockFiles& files) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt != 0) ::poll(nullptr, 0, kPause);
    const auto note = readLockNote(files.lasting);
    const bool isOfThisBoot = note.boot == bootId().value_or("");
    if (!isOfThisBoot || !note.shim || !note.runner || !isAlive(*note.shim)) return false;
  }
  return true;
}

}  // namespace

VmLocks::VmLocks(LockFiles files, std::string vmId, FileLock run, LockNote note)
    : files_(std::move(files)), vmId_(std::move(vmId)), run_(std::move(run)), note_(std::move(note)) {}

Result<VmLocks> VmLocks::take(LockFiles files, const std::string& vmId, const std::string& runFolder) {
  auto lock = takeSoon(files.run);
  if (!lock) return std::move(lock).error();
  if (!lock->has_value()) return inUse(files.run, vmId, "");
  LockNote note;
  note.runFolder = runFolder;
  note.boot = bootId().value_or("");
  if (auto shim = identify(::getpid())) note.shim = *shim;
  return VmLocks(std::move(files), vmId, std::move(**lock), std::move(note));
}

Result<void> VmLocks::takeLasting() {
  auto lock = takeSoon(files_.lasting);
  if (!lock) return std::move(lock).error();
  if (!lock->has_value() || hasLivingShim(files_)) {
    const auto elsewhere = readLockNote(files_.lasting).runFolder;
    return inUse(files_.lasting, vmId_, elsewhere.empty() ? "" : ", in the run folder " + elsewhere);
  }
  lasting_ = std::move(*lock);
  return {};
}

Result<void> VmLocks::noteShim() {
  return lasting_->write(toText(note_));
}

Result<void> VmLocks::noteRunner(const ProcessIdentity& runner, const std::vector<ProcessIdentity>& helpers) {
  note_.runner = runner;
  note_.helpers = helpers;
  if (auto noted = lasting_->write(toText(note_)); !noted) return noted;
  return run_.write(runnerNote(runner, helpers));
}

void VmLocks::end(const ProcessIdentity& runner) {
  note_.runner.reset();
  note_.shim.reset();
  note_.helpers.clear();
  note_.ended = runner;
  (void)lasting_->write(toText(note_));
  (void)run_.write("");
  run_.release();
  lasting_->release();
}

}  // namespace microvm::shim
