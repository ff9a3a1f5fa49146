// One HTTP exchange over a Unix socket.
#pragma once
#include <string>

#include "api/core/time.hpp"
#include "api/http/message.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

/// How far an exchange came that has no answer.
enum class ExchangeEnd {
  NotSent,  ///< nobody listens, or the request did not go out whole
  Sent,     ///< the request went out, the answer did not come
};

struct Exchange {
  ExchangeEnd reached = ExchangeEnd::NotSent;
  Result<http::Response> response;
};

/// Never throws and never takes longer than the limit. The response is Errc::Unreachable when nobody listens or the
/// connection is lost, Errc::Timeout, Errc::Protocol, or Errc::Cancelled with its coroutine.
net::awaitable<Exchange> exchange(std::string socketPath, http::Request request, Milliseconds limit);

}  // namespace microvm
