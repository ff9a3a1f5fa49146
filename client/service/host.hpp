// Where a service is installed: whose, and with which programs of the system.
#pragma once
#include <string>
#include <vector>

#include "api/core/default_folders.hpp"
#include "api/core/time.hpp"
#include "client/service/job.hpp"
#include "daemon/process/capture.hpp"

namespace microvm::service {

struct Host {
  Reach reach = Reach::User;
  unsigned uid = 0;               ///< who asks
  std::string user;               ///< and by which name
  std::string home;               ///< the home folder of whoever asks
  Environment environment;        ///< PATH is where the service manager's program is looked for
  std::string root;               ///< before the system's own folders, such as /etc; empty but in tests
  Milliseconds patience{45'000};  ///< for what a service manager does in its own time
  Milliseconds pause{100};        ///< between two looks
  Milliseconds limit{60'000};     ///< for one run of its program
};

/// Runs a program of the system in the C locale. `missing`: what it means when there is no such program.
Result<Captured> run(const Host& host, std::vector<std::string> words, const std::string& missing);

/// Reports what a program said when it failed: the first line of its standard error, or its exit code.
std::string lastWords(const Captured& ended);

/// Waits until `holds` gives true, up to the host's patience and `limit`; false when it never does.
bool waitFor(const Host& host, const std::function<bool()>& holds, Milliseconds limit = Milliseconds::max());

/// Errc::Permission, with the way out, when System is asked for by somebody else than root.
Result<void> checkRights(const Host& host);

/// The comment at the head of every definition that is ours: of `microvmctl service install`, or of a package.
inline constexpr const char* kMark = "microvmd as a service, by microvm; \"microvmctl service install\" writes it anew";
bool isOurs(std::string_view definition);

/// What is wrong with a definition that runs these words: a program that is gone, a runner that is gone.
std::vector<std::string> problemsOf(const std::vector<std::string>& command);

}  // namespace microvm::service
