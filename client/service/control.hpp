// A service manager with one job, microvmd. One implementation for launchd and one for systemd; both work, with a
// stand-in for the manager's program, on every system.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "client/service/host.hpp"
#include "client/service/job.hpp"

namespace microvm::service {

/// What to do with a definition that we did not write.
enum class Foreign { Refuse, Replace };

/// What a person may want to know although all went well.
using Notes = std::vector<std::string>;

struct Status {
  bool installed = false;
  std::string file;                   ///< the definition in use; empty when there is none
  bool isForeign = false;             ///< it was written by somebody else
  bool enabled = false;               ///< starts by itself at login or boot
  std::string state;                  ///< the manager's own word: "running", "inactive"
  bool active = false;                ///< the daemon runs, or would at the first connection
  std::optional<int> pid;             ///< of the daemon, while it runs
  std::string socket;                 ///< where clients come in
  std::string where;                  ///< the manager: "launchd gui/501", "systemd --user"
  std::string program;                ///< what the definition runs
  std::vector<std::string> problems;  ///< each a sentence with the way out
};

/// All calls block, and every failure is an Error that says what to do. Doing what is done already succeeds.
class Control {
public:
  virtual ~Control() = default;

  /// What is to be kept for this owner. `runner`: another runner than the one that is found.
  virtual Result<Job> job(const Owner& owner, const std::string& program,
                          const std::optional<std::string>& runner) const = 0;
  /// The files that install() writes.
  virtual Result<std::vector<File>> files(const Job& job) const = 0;
  /// Writes the definition, enables it and starts the daemon. Errc::AlreadyExists when somebody else's is in the way.
  virtual Result<Notes> install(const Job& job, Foreign foreign) = 0;
  /// Stops the daemon and removes the definition. VMs go on.
  virtual Result<Notes> uninstall(Foreign foreign) = 0;
  virtual Result<Notes> start() = 0;
  /// Until start(), or the next login or boot.
  virtual Result<Notes> stop() = 0;
  virtual Result<Notes> restart() = 0;
  virtual Result<Status> status() = 0;
  /// The command that shows the daemon's log.
  virtual Result<std::vector<std::string>> logCommand(std::size_t lines, bool follow) = 0;
};

}  // namespace microvm::service
