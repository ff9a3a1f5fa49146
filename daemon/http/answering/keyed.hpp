// Idempotency-Key: a POST that is sent again is answered again, and carried out once.
#pragma once
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

using KeyedHandler = Task<Answer> (*)(Service& service, Exchange exchange);

/// Answers by the handler; with the header Idempotency-Key, by what was answered to that key in the last 24 hours,
/// which then says so with Idempotent-Replayed. Answers that promise that the same request may succeed later are not
/// kept.
Task<Answer> answerOnce(KeyedHandler handler, Service& service, Exchange exchange);

/// The same as a handler, for the table of routes.
template <KeyedHandler handler>
Task<Answer> keyed(Service& service, Exchange exchange) {
  return answerOnce(handler, service, std::move(exchange));
}

}  // namespace microvm::http
