#include "daemon/http/handlers/routes.hpp"

#include <array>

#include "daemon/http/handlers/access/token_handlers.hpp"
#include "daemon/http/handlers/handlers.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"

namespace microvm::http {
namespace {

constexpr std::array kRoutes{
    Route{"getVersions", getVersions},
    Route{"getHealth", getHealth},
    Route{"getReadiness", getReadiness},
    Route{"getOpenapi", getOpenapi},
    Route{"getServer", getServer},
    Route{"getCapabilities", getCapabilities},
    Route{"listVms", listVms},
    Route{"createVm", createVm},
    Route{"getVm", getVm},
    Route{"deleteVm", deleteVm},
    Route{"startVm", startVm, true},
    Route{"stopVm", stopVm, true},
    Route{"killVm", killVm, true},
    Route{"pauseVm", pauseVm, true},
    Route{"resumeVm", resumeVm, true},
    Route{"restartVm", restartVm, true},
    Route{"waitVm", waitVm, true},
    Route{"attachConsole", attachConsole},
    Route{"getConsoleLog", getConsoleLog},
    Route{"getConsoleStatus", getConsoleStatus},
    Route{"getRunnerLog", getRunnerLog},
    Route{"listEvents", listEvents},
    Route{"listTokens", listTokens},
    Route{"createToken", createToken},
    Route{"revokeToken", revokeToken},
    Route{"listOperations", listOperations},
    Route{"getOperation", getOperation},
    Route{"cancelOperation", cancelOperation},
    Route{"waitOperation", waitOperation, true},
    Route{"getPostmortem", getPostmortem},
    Route{"getRunnerState", getRunnerState},
    Route{"changeRunnerState", changeRunnerState},
    Route{"inspectRunner", inspectRunner},
    Route{"backupSystem", backupSystem},
    Route{"verifySystem", verifySystem},
};

constexpr bool matchesOperations() {
  if (kRoutes.size() != kOperations.size()) return false;
  for (std::size_t i = 0; i < kRoutes.size(); ++i) {
    if (kRoutes[i].operationId != kOperations[i].id) return false;
  }
  return true;
}
static_assert(matchesOperations(), "one row for each operation, in the same order");

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

}  // namespace microvm::http
