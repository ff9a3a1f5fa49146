// What a guest finds beside its disks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace microvm {

/// A folder of the host, by virtio-fs.
struct Share {
  std::string tag;         ///< what the guest mounts; fewer than 36 bytes
  std::string source;      ///< absolute path of a folder
  std::string mountPoint;  ///< where the guest mounts it; the guest's work, told as a warning
  bool readOnly = false;
  bool operator==(const Share&) const = default;
};

enum class InterfaceType {
  Nat,       ///< behind the host's address
  Unixgram,  ///< frames as datagrams on a Unix socket of a network helper
  Fd,        ///< the same on a descriptor, whose other end a helper of the VM's own has
};

/// An interface of type fd is one end of a pair of datagram sockets. The runner finds it as this descriptor; the helper
/// finds the other end as descriptor 3.
constexpr int interfaceDescriptor(std::size_t index) {
  return 10 + static_cast<int>(index);
}

struct Interface {
  InterfaceType type = InterfaceType::Nat;
  std::string mac;   ///< "02:00:00:01:01:01"; given one at creation when empty, and kept
  std::string path;  ///< unixgram: absolute path of the helper's socket
  /// fd: the helper's command line, its absolute path first. It finds its end of the pair as descriptor 3.
  std::vector<std::string> helper;
  bool operator==(const Interface&) const = default;
};

enum class VsockDirection {
  Connect,  ///< the host connects to the guest's port
  Listen,   ///< the guest connects to the host's port
};

struct VsockPort {
  std::uint32_t port = 0;
  VsockDirection direction = VsockDirection::Connect;
  std::string socket;  ///< absolute path on the host; in the VM's run folder when empty
  bool operator==(const VsockPort&) const = default;
};

/// Where a vsock port's socket is.
std::string vsockSocketOf(const VsockPort& vsock, const std::string& runFolder);

/// A window with screen, keyboard and pointer. The serial console stays.
struct Graphics {
  bool enable = false;
  unsigned width = 1280;
  unsigned height = 800;
  bool operator==(const Graphics&) const = default;
};

/// Apple's translator of x86-64 programs, shared with the guest.
struct Rosetta {
  bool enable = false;
  std::string mountTag = "rosetta";
  std::string mountPoint = "/run/rosetta";  ///< where the guest mounts it
  bool install = false;                     ///< have macOS install it; may open a dialog
  bool ignoreIfMissing = false;             ///< go on when that fails
  bool operator==(const Rosetta&) const = default;
};

/// The guest's clock after the host slept, by the QEMU guest agent on this vsock port.
struct Timesync {
  std::uint32_t vsockPort = 0;
  bool operator==(const Timesync&) const = default;
};

/// Absolute paths of a NoCloud seed's files; userData or metaData at least.
struct CloudInit {
  std::optional<std::string> userData;
  std::optional<std::string> metaData;
  std::optional<std::string> networkConfig;
  bool operator==(const CloudInit&) const = default;
};

}  // namespace microvm
