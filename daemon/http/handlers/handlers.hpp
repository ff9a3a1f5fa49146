// The handlers of routes.cpp. Each reads the request, calls the service, answers.
#pragma once
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

// server.cpp
Task<Answer> getVersions(Service& service, Exchange exchange);
Task<Answer> getHealth(Service& service, Exchange exchange);
Task<Answer> getReadiness(Service& service, Exchange exchange);
Task<Answer> getOpenapi(Service& service, Exchange exchange);
Task<Answer> getOpenapiJson(Service& service, Exchange exchange);
Task<Answer> getServer(Service& service, Exchange exchange);
Task<Answer> backupSystem(Service& service, Exchange exchange);
Task<Answer> verifySystem(Service& service, Exchange exchange);

// metrics.cpp
Task<Answer> getMetrics(Service& service, Exchange exchange);

// capabilities.cpp
Task<Answer> getCapabilities(Service& service, Exchange exchange);

// console.cpp, console_log.cpp, console_status.cpp
Task<Answer> attachConsole(Service& service, Exchange exchange);
Task<Answer> getConsoleLog(Service& service, Exchange exchange);
Task<Answer> getConsoleStatus(Service& service, Exchange exchange);

// events.cpp
Task<Answer> listEvents(Service& service, Exchange exchange);

}  // namespace microvm::http
