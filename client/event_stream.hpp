// The daemon's events as they come in an open answer.
#pragma once
#include <functional>

#include "api/core/result.hpp"
#include "api/http/unix_client.hpp"
#include "client/exchange.hpp"
#include "client/queries.hpp"

namespace microvm::client {

/// What a reader of a stream wants after a piece of it.
enum class Next { More, Enough };

using EventSink = std::function<Next(const Json& event)>;

/// Hands events to `sink` until it has enough (success). Errc::Unreachable when the stream ends, or when nothing has
/// come for `silence`. `place.after` is the last one that was heard.
Result<void> readEvents(http::ClientStream& stream, EventQuery& place, const EventSink& sink, Milliseconds silence);

}  // namespace microvm::client
