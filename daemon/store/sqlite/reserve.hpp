// Room on the disk that is the database's own, so that what runs can be stopped and deleted when nothing else is left.
#pragma once
#include <string>

#include "daemon/store/sqlite/connection.hpp"

namespace microvm {

/// Sees to it that the log has its full size and the file some free pages, 1.25 MiB each: commits then overwrite what
/// is there and take no block from the disk. Does nothing when both are so, and nothing when there is no room.
void keepReserve(Connection& connection);

/// Before the last connection is closed: empties the log into the file. Returns whether nothing is left in it.
bool emptyLog(Connection& connection);

/// After it was closed with an empty log: makes the log mean nothing, so that another file can be put in the database's
/// place. Its blocks stay.
void closeLog(const std::string& path);

}  // namespace microvm
