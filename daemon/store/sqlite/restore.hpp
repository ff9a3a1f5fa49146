// Putting a copy of the database in its place, while nobody has it open.
#pragma once
#include <cstdint>
#include <string>

#include "api/core/result.hpp"

namespace microvm {

struct Restored {
  std::string setAside;   ///< where the database that was there is now; empty: there was none
  std::uint64_t vms = 0;  ///< how many the copy has
};

/// Looks through `file`, which stays as it is, and puts a copy of it at `path`. What was there is set aside; nothing is
/// changed unless all is well. Events go on at numbers that neither of the two has given. Whoever calls holds the lock
/// of the state folder.
Result<Restored> restoreDatabase(const std::string& file, const std::string& path);

}  // namespace microvm
