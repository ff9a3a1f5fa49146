// The table of events. Throws SQLite::Exception.
#pragma once
#include <cstdint>
#include <vector>

#include "daemon/domain/event.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// Throws when the table is not there.
void prepareEvents(Connection& connection);

/// Gives each its number, and lets go of those that are too old or too many.
void keepEvents(Connection& connection, std::vector<VmEvent>& events);

EventPage readEvents(Connection& connection, const EventQuery& wanted);

/// The highest number that an event ever had; 0 before the first.
std::uint64_t lastEventNumber(Connection& connection);
/// The next event gets a number above this one. Two statements: within a transaction.
void raiseEventNumber(Connection& connection, std::uint64_t last);

}  // namespace microvm
