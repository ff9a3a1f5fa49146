// The table of VMs. Throws SQLite::Exception.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/store/sqlite/connection.hpp"

namespace microvm {

/// Throws when the table is not there.
void prepareVms(Connection& connection);

/// By name. One that cannot be read is State::Broken.
std::vector<Vm> loadVms(Connection& connection);

/// Errc::AlreadyExists when another VM has what only one can have.
Result<void> insertVm(Connection& connection, const Vm& vm);
/// The same; Errc::NotFound when there is no such VM. Of a broken one only what is known.
Result<void> updateVm(Connection& connection, const Vm& vm);
Result<void> removeVm(Connection& connection, const std::string& id);

}  // namespace microvm
