// The handlers of routes.cpp that have to do with a VM itself.
#pragma once
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

// vms.cpp
Task<Answer> listVms(Service& service, Exchange exchange);
Task<Answer> createVm(Service& service, Exchange exchange);
Task<Answer> getVm(Service& service, Exchange exchange);
Task<Answer> getRunnerLog(Service& service, Exchange exchange);
Task<Answer> deleteVm(Service& service, Exchange exchange);

// changes.cpp
Task<Answer> replaceVm(Service& service, Exchange exchange);
Task<Answer> patchVm(Service& service, Exchange exchange);
Task<Answer> renameVm(Service& service, Exchange exchange);
Task<Answer> cloneVm(Service& service, Exchange exchange);
Task<Answer> planVm(Service& service, Exchange exchange);

// actions.cpp
Task<Answer> startVm(Service& service, Exchange exchange);
Task<Answer> stopVm(Service& service, Exchange exchange);
Task<Answer> killVm(Service& service, Exchange exchange);
Task<Answer> pauseVm(Service& service, Exchange exchange);
Task<Answer> resumeVm(Service& service, Exchange exchange);
Task<Answer> restartVm(Service& service, Exchange exchange);
Task<Answer> waitVm(Service& service, Exchange exchange);

// operations.cpp
Task<Answer> listOperations(Service& service, Exchange exchange);
Task<Answer> getOperation(Service& service, Exchange exchange);
Task<Answer> waitOperation(Service& service, Exchange exchange);
Task<Answer> cancelOperation(Service& service, Exchange exchange);

// runner.cpp
Task<Answer> getPostmortem(Service& service, Exchange exchange);
Task<Answer> getRunnerState(Service& service, Exchange exchange);
Task<Answer> changeRunnerState(Service& service, Exchange exchange);
Task<Answer> inspectRunner(Service& service, Exchange exchange);

}  // namespace microvm::http
