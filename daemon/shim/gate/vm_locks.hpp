// The locks that a shim holds for its VM, and what it writes into them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/shim/gate/lock_note.hpp"

namespace microvm::shim {

class VmLocks {
public:
  /// The one in the run folder. Errc::InUse when somebody holds it.
  static Result<VmLocks> take(LockFiles files, const std::string& vmId, const std::string& runFolder);
  /// The other one, once its folder is there. Errc::InUse names the run folder of who has it.
  Result<void> takeLasting();

  [[nodiscard]] const LockFiles& files() const { return files_; }

  /// Who holds it, before there is a runner.
  Result<void> noteShim();
  Result<void> noteRunner(const ProcessIdentity& runner, const std::vector<ProcessIdentity>& helpers);
  /// How this runner ended is written down; from now on the VM does not run.
  void end(const ProcessIdentity& runner);

private:
  VmLocks(LockFiles files, std::string vmId, FileLock run, LockNote note);

  LockFiles files_;
  std::string vmId_;
  FileLock run_;
  std::optional<FileLock> lasting_;
  LockNote note_;
};

}  // namespace microvm::shim
