// The query members that the paths of a console share.
#pragma once
#include "daemon/http/console/console_place.hpp"
#include "daemon/http/exchange.hpp"

namespace microvm::http {

/// offset, tail, since, until and boot, as far as they are there. Errc::Usage when one cannot be read or two exclude
/// each other.
Result<ConsoleQuery> readConsoleQuery(const Exchange& exchange);

/// mode, takeOver, queue and label.
Result<ConsoleAttach> readConsoleAttach(const Exchange& exchange);

/// The answer for a place that lies beyond the log's end.
Answer beyondEnd(const Exchange& exchange, const ConsolePlace& place);

}  // namespace microvm::http
