#include "daemon/domain/definition/file_systems.hpp"

#include <array>

namespace microvm {

std::span<const FileSystem> fileSystems() {
  static constexpr std::array kTable{
      FileSystem{"ext4", "mkfs.ext4", "-L", 16, "e2fsprogs"},
      FileSystem{"ext3", "mkfs.ext3", "-L", 16, "e2fsprogs"},
      FileSystem{"ext2", "mkfs.ext2", "-L", 16, "e2fsprogs"},
      FileSystem{"xfs", "mkfs.xfs", "-L", 12, "xfsprogs"},
      FileSystem{"btrfs", "mkfs.btrfs", "-L", 255, "btrfs-progs"},
      FileSystem{"vfat", "mkfs.vfat", "-n", 11, "dosfstools"},
  };
  return kTable;
}

const FileSystem* findFileSystem(std::string_view name) {
  for (const FileSystem& fileSystem : fileSystems()) {
    if (fileSystem.name == name) return &fileSystem;
  }
  return nullptr;
}

}  // namespace microvm
