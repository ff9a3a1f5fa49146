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

/// For a handler that has begun what was asked for and waits for its end: what the key is answered with when the wait
/// is cut short, by the client or by the end of the daemon. Nothing without a key.
net::awaitable<void> keepMeanwhile(Service& service, Exchange exchange, Answer answer);

/// The same as a handler, for the table of routes.
template <KeyedHandler handler>
Task<Answer> keyed(Service& service, Exchange exchange) {
  return answerOnce(handler, service, std::move(exchange));
}

}  // namespace microvm::http
