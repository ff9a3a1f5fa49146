// What a request for events asks for.
#pragma once
#include <optional>

#include "api/core/time.hpp"
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

/// How events are written: a page of them as one JSON text, a line for each (NDJSON), or server-sent events.
enum class EventForm { Page, Lines, Sse };

struct EventRequest {
  EventForm form = EventForm::Page;
  bool follows = false;                ///< goes on with what happens next
  std::optional<std::uint64_t> after;  ///< nothing when the request names no place in the sequence
  std::size_t limit = 500;             ///< of a page
  EventFilter filter;
  Milliseconds heartbeat{15'000};  ///< a stream says something at least so often
};

/// Errc::Usage when something cannot be read, or two things exclude each other.
Result<EventRequest> readEventRequest(const Service& service, const Exchange& exchange);

}  // namespace microvm::http
