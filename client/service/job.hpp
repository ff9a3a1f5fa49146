// What a service manager is to keep running.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::service {

/// User: with the user's own sessions. System: from boot on, for one user.
enum class Reach { User, System };

/// Every path is absolute.
struct Job {
  Reach reach = Reach::User;
  std::string user;                    ///< System: whose VMs they are, and as whom the daemon runs
  unsigned uid = 0;                    ///< and that user's number
  std::string program;                 ///< microvmd
  std::vector<std::string> arguments;  ///< behind the program
  std::string socket;                  ///< where clients come in
  std::string logFolder;               ///< for a manager that keeps no logs itself
};

/// Whose VMs the daemon is to keep.
struct Owner {
  std::string name;
  unsigned uid = 0;
  std::string home;
};

/// Errc::Invalid when something in it fits into no definition.
Result<void> checkJob(const Job& job);

/// microvmd, by a path that an upgrade keeps: the one in a folder of `path` if it is the one beside this program.
Result<std::string> findDaemon(const std::string& path);

/// A file of the service manager's: the definition of a job.
struct File {
  std::string path;
  std::string text;

  bool operator==(const File&) const = default;
};

}  // namespace microvm::service
