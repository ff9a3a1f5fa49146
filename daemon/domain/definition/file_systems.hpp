// The file systems that autoCreate can make.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace microvm {

struct FileSystem {
  std::string_view name;       ///< as in fsType
  std::string_view program;    ///< what makes it
  std::string_view labelFlag;  ///< precedes the label
  std::size_t longestLabel;    ///< in bytes
  std::string_view package;    ///< where the program comes from, on Debian and in Homebrew
};

std::span<const FileSystem> fileSystems();

/// nullptr for a name that is not in the table.
const FileSystem* findFileSystem(std::string_view name);

}  // namespace microvm
