// What lets clients in from afar. Each reads the request, calls the service, answers.
#pragma once
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

Task<Answer> listTokens(Service& service, Exchange exchange);
Task<Answer> createToken(Service& service, Exchange exchange);
Task<Answer> revokeToken(Service& service, Exchange exchange);

}  // namespace microvm::http
