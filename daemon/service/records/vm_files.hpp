// What the service does on the file system for one VM. Everything here blocks: call it on the file pool.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/capabilities/record.hpp"
#include "daemon/domain/definition.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/runner/paths.hpp"

namespace microvm {

/// Whether the host has what the definition names: kernel, initrd, images, shared folders and the rest, there and
/// usable by that runner. All errors at once. Errc::Unavailable when the daemon has no descriptor left to look.
Result<void> checkHost(const Definition& definition, const CapabilityRecord& record);

/// Errc::DiskFull, naming the folder, when the disk of one of these has less than this left. 0 bytes are always there.
Result<void> checkRoom(const std::vector<std::string>& folders, std::uint64_t bytes);

/// Makes the VM's folder with its vm.json, which outlives the process at once and a power cut after flushRecords().
/// Leaves nothing behind on failure.
Result<void> createVmFolder(const VmPaths& paths, const Vm& vm);

/// Replaces the VM's vm.json; to be called before the database learns of a new definition.
Result<void> writeVmRecord(const VmPaths& paths, const Vm& vm);

/// From now on the folder is that of a deleted VM, whatever becomes of the database and of us; and back. A folder
/// without a vm.json stays as it is.
Result<void> markDeleted(const VmPaths& paths);
Result<void> unmarkDeleted(const VmPaths& paths);

/// Makes the run folder and the images that autoCreate asks for. An image that is there grows to its size and
/// is changed in no other way.
Result<void> prepareLaunch(const VmPaths& paths, const Definition& definition);

/// What the runners of a VM wrote to standard error, oldest first, as far as it is kept; empty when none ran.
Result<std::string> readRunnerLog(const VmPaths& paths);

/// Removes the VM's own two folders. Files elsewhere, images among them, stay.
Result<void> removeVmFolders(const VmPaths& paths);

}  // namespace microvm
