// A file system for a CD-ROM: one folder, a few small files.
#pragma once
#include <string>
#include <vector>

namespace microvm::vfkit_qemu {

struct IsoFile {
  std::string name;  ///< at most 100 bytes; shown to the guest as it is (Rock Ridge)
  std::string content;
};

/// The image, a multiple of 2048 bytes long. The same input gives the same bytes. All names fit into one sector, which
/// is some ten files.
std::string isoImage(const std::string& volume, const std::vector<IsoFile>& files);

}  // namespace microvm::vfkit_qemu
