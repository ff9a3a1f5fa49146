// Every operation of the API, once. The daemon's routes, the client and the tests of openapi.yaml all read this table.
#pragma once
#include <array>
#include <string_view>

namespace microvm {

struct Operation {
  std::string_view id;      ///< operationId in openapi.yaml
  std::string_view method;  ///< a route that takes GET takes HEAD too
  std::string_view path;    ///< "{name}" stands for one segment
};

inline constexpr std::array kOperations{
    Operation{"getVersions", "GET", "/"},
    Operation{"getHealth", "GET", "/healthz"},
    Operation{"getReadiness", "GET", "/readyz"},
    Operation{"getOpenapi", "GET", "/openapi.yaml"},
    Operation{"getOpenapiJson", "GET", "/openapi.json"},
    Operation{"getMetrics", "GET", "/metrics"},
    Operation{"getServer", "GET", "/v1"},
    Operation{"getCapabilities", "GET", "/v1/capabilities"},
    Operation{"listVms", "GET", "/v1/vms"},
    Operation{"createVm", "POST", "/v1/vms"},
    Operation{"planVm", "POST", "/v1/vms:plan"},
    Operation{"getVm", "GET", "/v1/vms/{name}"},
    Operation{"replaceVm", "PUT", "/v1/vms/{name}"},
    Operation{"patchVm", "PATCH", "/v1/vms/{name}"},
    Operation{"deleteVm", "DELETE", "/v1/vms/{name}"},
    Operation{"renameVm", "POST", "/v1/vms/{name}/rename"},
    Operation{"cloneVm", "POST", "/v1/vms/{name}/clone"},
    Operation{"startVm", "POST", "/v1/vms/{name}/start"},
    Operation{"stopVm", "POST", "/v1/vms/{name}/stop"},
    Operation{"killVm", "POST", "/v1/vms/{name}/kill"},
    Operation{"pauseVm", "POST", "/v1/vms/{name}/pause"},
    Operation{"resumeVm", "POST", "/v1/vms/{name}/resume"},
    Operation{"restartVm", "POST", "/v1/vms/{name}/restart"},
    Operation{"waitVm", "GET", "/v1/vms/{name}/wait"},
    Operation{"attachConsole", "GET", "/v1/vms/{name}/console"},
    Operation{"getConsoleLog", "GET", "/v1/vms/{name}/console/log"},
    Operation{"getConsoleStatus", "GET", "/v1/vms/{name}/console/status"},
    Operation{"getRunnerLog", "GET", "/v1/vms/{name}/runner-log"},
    Operation{"listEvents", "GET", "/v1/events"},
    Operation{"listTokens", "GET", "/v1/tokens"},
    Operation{"createToken", "POST", "/v1/tokens"},
    Operation{"revokeToken", "DELETE", "/v1/tokens/{name}"},
    Operation{"listOperations", "GET", "/v1/operations"},
    Operation{"getOperation", "GET", "/v1/operations/{id}"},
    Operation{"cancelOperation", "DELETE", "/v1/operations/{id}"},
    Operation{"waitOperation", "GET", "/v1/operations/{id}/wait"},
    Operation{"getPostmortem", "GET", "/v1/vms/{name}/postmortem"},
    Operation{"getRunnerState", "GET", "/v1/vms/{name}/vfkit/vm/state"},
    Operation{"changeRunnerState", "POST", "/v1/vms/{name}/vfkit/vm/state"},
    Operation{"inspectRunner", "GET", "/v1/vms/{name}/vfkit/vm/inspect"},
    Operation{"backupSystem", "POST", "/v1/system/backup"},
    Operation{"verifySystem", "GET", "/v1/system/verify"},
};

/// The row of that id, or nullptr.
constexpr const Operation* findOperation(std::string_view id) {
  for (const auto& operation : kOperations) {
    if (operation.id == id) return &operation;
  }
  return nullptr;
}

}  // namespace microvm
