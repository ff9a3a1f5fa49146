// Disks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/core/time.hpp"

namespace microvm {

/// A raw image in a file.
struct ImageFile {
  std::string path;                   ///< absolute
  std::optional<std::uint64_t> size;  ///< bytes; needed for autoCreate; a smaller file grows to it at the next start
  bool autoCreate = false;            ///< make a sparse image of `size` when there is none
  std::string fsType;                 ///< the file system that autoCreate makes; empty for none
  std::string label;                  ///< its label
  std::vector<std::string> mkfsArgs;  ///< further arguments of mkfs
  bool operator==(const ImageFile&) const = default;
};

/// A disk of the host.
struct BlockDevice {
  std::string path;  ///< absolute
  bool operator==(const BlockDevice&) const = default;
};

enum class NbdSync { Full, None };

/// A disk that a server exports by the network block device protocol.
struct NbdExport {
  std::string uri;  ///< nbd://host:10809/export, nbd+unix:///export?socket=/path
  Milliseconds timeout{15'000};
  NbdSync sync = NbdSync::Full;
  bool operator==(const NbdExport&) const = default;
};

using VolumeSource = std::variant<ImageFile, BlockDevice, NbdExport>;

enum class VolumeBus { Virtio, Nvme, Usb };

struct Volume {
  VolumeSource source;
  std::string mountPoint;  ///< where the guest mounts it; the guest's work, told as a warning
  bool readOnly = false;
  std::string serial;  ///< at most 20 bytes of [A-Za-z0-9._-]; empty for none
  VolumeBus bus = VolumeBus::Virtio;
  bool operator==(const Volume&) const = default;
};

}  // namespace microvm
