// What a runner can be asked for. Each feature has a row in every record.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace microvm {

enum class Feature {
  Host,
  GuestOtherArchitecture,
  BootLinux,
  BootCompressedKernel,
  BootEfi,
  Balloon,
  BalloonTarget,
  MemoryHotplug,
  ConsoleInput,
  VolumeRaw,
  VolumeQcow2,
  VolumeReadOnly,
  VolumeSerial,
  VolumeDirect,
  VolumeDevice,
  VolumeNvme,
  VolumeUsb,
  VolumeNbd,
  VolumeNbdTls,
  VolumeMountPoint,
  ShareVirtiofs,
  ShareReadOnly,
  Share9p,
  ShareMountPoint,
  NetNat,
  NetUnixgram,
  NetFd,
  NetTap,
  NetMacvtap,
  NetBridge,
  NetPortForward,
  VsockConnect,
  VsockListen,
  VsockCid,
  GraphicsWindow,
  Rosetta,
  RosettaInstall,
  Nested,
  Timesync,
  CloudInit,
  CloudInitNetwork,
  Ignition,
  Devices,
  Credentials,
  User,
  MachineId,
  Pause,
  GracefulStop,
  HardStop,
  Inspect,
};

inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::Inspect) + 1;

struct FeatureName {
  Feature feature;
  std::string_view group;  ///< "volumes"
  std::string_view leaf;   ///< "readOnly"
  std::string_view title;  ///< for people
};

/// In the order of the enumeration.
std::span<const FeatureName> featureNames();
const FeatureName& nameOf(Feature feature);

}  // namespace microvm
