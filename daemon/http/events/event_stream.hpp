// Events as an answer that goes on.
#pragma once
#include <memory>

#include "daemon/http/events/event_request.hpp"
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

/// From the request's place on, in its form (Lines or Sse). A reader that is slow is not waited for and loses nothing
/// that is kept: what it has not read is read from the store when it has time. What was pruned meanwhile is a gap, and
/// the stream says so. The service must outlive it.
std::shared_ptr<ByteStream> streamOfEvents(Service& service, EventRequest request);

}  // namespace microvm::http
