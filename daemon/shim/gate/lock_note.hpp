// What the locks of a VM say: one is in its run folder, one in its state folder. Either of them held means that the VM
// runs. The second outlives the run folder, and tells a daemon that works with another one where the VM is.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/process/identity.hpp"

namespace microvm::shim {

/// The text of the lock in the state folder. Members that are not known are empty.
struct LockNote {
  std::optional<ProcessIdentity> runner;  ///< while it runs
  std::optional<ProcessIdentity> ended;   ///< the one that ran last, once it has ended and exit.json says how
  std::vector<ProcessIdentity> helpers;
  std::optional<ProcessIdentity> shim;
  std::string runFolder;
  std::string boot;  ///< of the host: processes of another one are nobody
  bool operator==(const LockNote&) const = default;
};

/// A line each. Lines that are not known, or cannot be read, are passed over.
std::string toText(const LockNote& note);
LockNote parseLockNote(std::string_view text);
/// Empty when there is none.
LockNote readLockNote(const std::string& path);

/// The two files.
struct LockFiles {
  std::string run;
  std::string lasting;  ///< in the state folder
};

/// What is known of who holds a VM.
struct Holding {
  bool isHeld = false;
  std::string runFolder;                  ///< where it runs, or ran last; empty when that is not known
  std::optional<ProcessIdentity> runner;  ///< that is noted, alive or not
  std::optional<ProcessIdentity> last;    ///< the runner whose exit record is the last one; the same while it runs
  std::vector<ProcessIdentity> left;      ///< runner and helpers that are nobody's when nobody holds the VM
};

/// Reads the texts before it tries the locks: only then what they name cannot be of somebody who took a lock since. A
/// shim that is noted and alive holds its VM, whatever became of its lock file.
Result<Holding> findHolding(const LockFiles& files);

}  // namespace microvm::shim
