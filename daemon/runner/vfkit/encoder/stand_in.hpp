// What stands for the things that only a daemon knows, where a command line is shown without one.
#pragma once
#include "daemon/runner/vfkit/encoder/encoder.hpp"

namespace microvm {

/// Folders of a VM that does not exist yet, and the program's bare name.
EncodeOptions standInOptions(const RunnerTarget& target);

/// Addresses for the interfaces that have none: the same each time, from the VM's name. A daemon makes them up at
/// random. How many were given.
std::size_t giveMacs(Definition& definition);

/// The words for a POSIX shell to read back.
std::string shellText(const std::vector<std::string>& words);

}  // namespace microvm
