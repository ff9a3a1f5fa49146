// The only place where processes start.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/process/identity.hpp"

namespace microvm {

/// How a process ended: one of the two is set.
struct ExitStatus {
  std::optional<int> code;
  std::optional<int> signal;
  bool operator==(const ExitStatus&) const = default;
};

/// What becomes of a process that still runs when its Child is destroyed.
enum class WhenDropped {
  Kill,   ///< SIGKILL, and reaped: nothing is left behind
  Leave,  ///< it goes on; reaped only if it has ended by then. For those that outlive us on purpose
};

/// A process that we started and have to reap.
class Child {
public:
  Child(ProcessIdentity identity, WhenDropped whenDropped) : identity_(identity), whenDropped_(whenDropped) {}
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] int pid() const { return identity_.pid; }
  [[nodiscard]] const ProcessIdentity& identity() const { return identity_; }
  /// Sends a signal, unless it has been reaped: until then nobody else can have its pid.
  Result<void> signal(int number) const;
  /// Its end, waited for. Call it once; use ExitWatcher to know when it does not block.
  Result<ExitStatus> reap();
  /// Its end, if it has ended.
  std::optional<ExitStatus> tryReap();
  /// Kills the whole process group that this child leads (Session::New), if it still runs itself too, and gives its own
  /// end. Waits up to `limit` for the others as far as they are ours (see adoptOrphans).
  Result<ExitStatus> endGroup(Milliseconds limit);

private:
  void drop();

  ProcessIdentity identity_;  // pid 0: reaped or moved from
  WhenDropped whenDropped_;
};

/// A descriptor of ours that the child sees under another number.
struct InheritedFd {
  int source = -1;
  int target = -1;
};

enum class Session { Same, New };

struct SpawnOptions {
  std::string program;                   ///< absolute path
  std::vector<std::string> arguments;    ///< with the program's name first
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is inherited
  std::vector<InheritedFd> descriptors;  ///< 0, 1 and 2 are /dev/null where not named; every other one is closed
  std::string folder;                    ///< working folder; empty: ours
  Session session = Session::Same;
  WhenDropped whenDropped = WhenDropped::Kill;
};

/// Starts a process with no signal blocked or ignored. Returns once the program is exec'd; errors say why it was not
/// (Errc::NotFound, Errc::Permission ...).
Result<Child> spawn(const SpawnOptions& options);

/// From now on descendants whose parent ends become our children, where the system can do that.
void adoptOrphans();

/// Those of our environment's variables that a child may see: PATH, HOME, USER, LANG, TMPDIR and the like.
std::vector<std::string> allowedEnvironment();

}  // namespace microvm
