// The store in a SQLite file.
#pragma once
#include <memory>
#include <string>

#include "api/core/result.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// Whether VMs are known from elsewhere. Then a database that is not there was lost, and its events had numbers that
/// must not be given again.
enum class VmsElsewhere { No, Yes };

/// Opens or makes the database (mode 0600; its folder must be there) and brings its schema up to date. A damaged file
/// is set aside and a new one made: Store::start() tells. A foreign file and one with a newer schema are refused with
/// the way out and left as they are. Blocks for milliseconds; afterwards one thread of its own does all the work and
/// posts to the callers' io_context, which must outlive the store. Nobody else may open the file in this process:
/// closing any descriptor of it drops SQLite's locks.
Result<std::unique_ptr<Store>> openSqliteStore(const std::string& path, VmsElsewhere elsewhere = VmsElsewhere::No);

}  // namespace microvm
