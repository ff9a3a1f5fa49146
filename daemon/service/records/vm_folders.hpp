// The folders below <state>/vms, which tell of the VMs when the database does not. Everything here blocks: call it on
// the file pool.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

/// A folder that belongs to no VM of the database.
struct StrayFolder {
  enum class Kind {
    Vm,          ///< its vm.json can be read
    Deleted,     ///< a delete was not finished: the VM is gone
    Unreadable,  ///< there is something in it, but no vm.json that can be read
  };
  Kind kind = Kind::Unreadable;
  std::string id;       ///< the folder's name
  Vm vm;                ///< as its record has it; without ids when that cannot be read
  std::string problem;  ///< of Unreadable: one sentence
};

/// Lost: it was made anew, and knows of no VM but those that are found here.
enum class DatabaseState { Whole, Lost };

/// In the order of their names. What a create left behind before it wrote a vm.json is removed: nobody was told of it.
/// So is an empty vm.json that was not on the disk when the power failed, unless the database is lost too: then it may
/// be all that is left of a VM.
Result<std::vector<StrayFolder>> findStrayFolders(const std::string& stateFolder, const std::set<std::string>& knownIds,
                                                  DatabaseState database);

/// The run folders, by their 8 digits, that belong to none of these.
std::vector<std::string> findStrayRunFolders(const std::string& runFolder, const std::set<std::string>& knownRunIds);

/// Writes the vm.json of each of these VMs of the database whose own is missing, cannot be read, or says something
/// else. A broken VM gets none: nobody knows what to write. Goes on after a failure; the last one is told.
Result<void> mendRecords(const std::string& stateFolder, const std::vector<Vm>& vms);

/// Where the database and the folders differ, a sentence each.
std::vector<std::string> compareRecords(const std::string& stateFolder, const std::vector<Vm>& vms);

/// What is wrong with the vm.json of this VM of the database; empty when it says the same. For people.
std::string recordProblem(const std::string& stateFolder, const Vm& vm);

}  // namespace microvm
