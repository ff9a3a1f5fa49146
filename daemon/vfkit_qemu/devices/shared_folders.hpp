// One virtiofsd per shared folder.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/async/task.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/report/report.hpp"

namespace microvm::vfkit_qemu {

struct SharedFolder {
  std::string folder;
  Child server;
  UniqueFd socket;  ///< connected to the server; QEMU gets it
};

/// Where virtiofsd is: in PATH or in the usual places of distributions. Errc::RunnerMissing when it is in none.
Result<std::string> findShareServer();

/// Errc::RunnerMissing when a folder is to be shared and there is no virtiofsd. `self` is this program, `complaints`
/// where the servers write their errors.
Result<std::vector<SharedFolder>> shareFolders(const vfkit::Options& options, const std::string& self, int complaints);

/// Waits for the end of its server, which QEMU cannot survive for this share, and says so in the log. Ends when
/// cancelled, as when the guest has ended. A server also ends with QEMU, whose end is seen to within `qemuEnds`.
net::awaitable<void> watchSharedFolder(SharedFolder& shared, const Log& log,
                                       Milliseconds qemuEnds = Milliseconds(2'000));

}  // namespace microvm::vfkit_qemu
