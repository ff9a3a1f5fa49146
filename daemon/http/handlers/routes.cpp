#include "daemon/http/handlers/routes.hpp"

#include <array>

#include "daemon/http/answering/keyed.hpp"
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
    Route{"getOpenapiJson", getOpenapiJson},
    Route{"getMetrics", getMetrics},
    Route{"getServer", getServer},
    Route{"getCapabilities", getCapabilities},
    Route{"listVms", listVms},
    Route{"createVm", keyed<createVm>},
    Route{"planVm", keyed<planVm>},
    Route{"getVm", getVm},
    Route{"replaceVm", replaceVm},
    Route{"patchVm", patchVm},
    Route{"deleteVm", deleteVm},
    Route{"renameVm", keyed<renameVm>},
    Route{"cloneVm", keyed<cloneVm>},
    Route{"startVm", keyed<startVm>, true},
    Route{"stopVm", keyed<stopVm>, true},
    Route{"killVm", keyed<killVm>, true},
    Route{"pauseVm", keyed<pauseVm>, true},
    Route{"resumeVm", keyed<resumeVm>, true},
    Route{"restartVm", keyed<restartVm>, true},
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
    Route{"changeRunnerState", keyed<changeRunnerState>},
    Route{"inspectRunner", inspectRunner},
    Route{"backupSystem", keyed<backupSystem>},
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
