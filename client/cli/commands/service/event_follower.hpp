// Events as they happen, over the daemon's restarts.
#pragma once
#include "client/cli/context.hpp"
#include "client/client.hpp"

namespace microvm::cli {

/// From the query's place on, or from now on when it has none, until `sink` has enough. A daemon that is gone is waited
/// for, ten seconds; nothing is lost or told twice. Errc::Unreachable when it stays away.
Result<void> followEvents(Context& context, client::EventQuery query, const client::Client::EventSink& sink);

}  // namespace microvm::cli
