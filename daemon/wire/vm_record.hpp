// vm.json: a VM's record beside its files, from which a lost database is made again.
#pragma once
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

/// The form of vm.json that this program writes, and the newest that it reads.
inline constexpr unsigned kVmRecordFormat = 1;

/// What is true of the VM whether it runs or not: its ids, its definition, when it was made. The states are not in it:
/// the lock in the run folder says whether a VM runs, and what does not run was not to.
std::string vmRecordText(const Vm& vm);

/// A stopped VM. Errc::Malformed or Errc::Invalid says what cannot be read, and names a newer form as such.
Result<Vm> parseVmRecord(std::string_view text);

}  // namespace microvm
