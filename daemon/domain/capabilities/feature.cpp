#include "daemon/domain/capabilities/feature.hpp"

#include <array>

namespace microvm {

namespace {

constexpr std::array<FeatureName, kFeatures> kNames{{
    {Feature::Host, "host", "system", "runs on this host"},
    {Feature::GuestOtherArchitecture, "guest", "otherArchitecture", "guest of another architecture"},
    {Feature::BootLinux, "boot", "linux", "Linux kernel of the host"},
    {Feature::BootCompressedKernel, "boot", "compressedKernel", "compressed kernel"},
    {Feature::BootEfi, "boot", "efi", "EFI firmware"},
    {Feature::Balloon, "memory", "balloon", "memory balloon"},
    {Feature::BalloonTarget, "memory", "balloonTarget", "balloon set while running"},
    {Feature::MemoryHotplug, "memory", "hotplug", "memory added while running"},
    {Feature::ConsoleInput, "console", "input", "console that takes input"},
    {Feature::VolumeRaw, "volumes", "raw", "raw image"},
    {Feature::VolumeQcow2, "volumes", "qcow2", "qcow2 image"},
    {Feature::VolumeReadOnly, "volumes", "readOnly", "read-only disk"},
    {Feature::VolumeSerial, "volumes", "serial", "disk serial"},
    {Feature::VolumeDirect, "volumes", "direct", "disk past the host's cache"},
    {Feature::VolumeDevice, "volumes", "device", "disk of the host"},
    {Feature::VolumeNvme, "volumes", "nvme", "NVMe bus"},
    {Feature::VolumeUsb, "volumes", "usb", "USB bus"},
    {Feature::VolumeNbd, "volumes", "nbd", "network block device"},
    {Feature::VolumeNbdTls, "volumes", "nbdTls", "network block device over TLS"},
    {Feature::VolumeMountPoint, "volumes", "mountPoint", "mount point of a volume"},
    {Feature::ShareVirtiofs, "shares", "virtiofs", "shared folder"},
    {Feature::ShareReadOnly, "shares", "readOnly", "read-only share"},
    {Feature::Share9p, "shares", "9p", "shared folder by 9p"},
    {Feature::ShareMountPoint, "shares", "mountPoint", "mount point of a share"},
    {Feature::NetNat, "interfaces", "nat", "network behind NAT"},
    {Feature::NetUnixgram, "interfaces", "unixgram", "network helper on a Unix socket"},
    {Feature::NetFd, "interfaces", "fd", "network helper on an inherited descriptor"},
    {Feature::NetTap, "interfaces", "tap", "tap device"},
    {Feature::NetMacvtap, "interfaces", "macvtap", "macvtap device"},
    {Feature::NetBridge, "interfaces", "bridge", "bridged network"},
    {Feature::NetPortForward, "interfaces", "portForward", "forwarded ports"},
    {Feature::VsockConnect, "vsock", "connect", "vsock, host to guest"},
    {Feature::VsockListen, "vsock", "listen", "vsock, guest to host"},
    {Feature::VsockCid, "vsock", "cid", "chosen vsock CID"},
    {Feature::GraphicsWindow, "graphics", "window", "window"},
    {Feature::Rosetta, "rosetta", "share", "Rosetta"},
    {Feature::RosettaInstall, "rosetta", "install", "Rosetta's installation"},
    {Feature::Nested, "nested", "guest", "nested virtualization"},
    {Feature::Timesync, "timesync", "vsock", "clock after the host slept"},
    {Feature::CloudInit, "cloudInit", "seed", "cloud-init seed"},
    {Feature::CloudInitNetwork, "cloudInit", "networkConfig", "cloud-init network configuration"},
    {Feature::Ignition, "ignition", "vsock", "Ignition configuration"},
    {Feature::Devices, "passthrough", "devices", "PCI and USB devices of the host"},
    {Feature::Credentials, "identity", "credentials", "systemd credentials"},
    {Feature::User, "identity", "user", "runner under another user"},
    {Feature::MachineId, "identity", "machineId", "chosen machine identity"},
    {Feature::Pause, "control", "pause", "pause and resume"},
    {Feature::GracefulStop, "control", "gracefulStop", "power button"},
    {Feature::HardStop, "control", "hardStop", "power cut on request"},
    {Feature::Inspect, "control", "inspect", "the runner's own description"},
}};

}  // namespace

std::span<const FeatureName> featureNames() {
  return kNames;
}

const FeatureName& nameOf(Feature feature) {
  return kNames[static_cast<std::size_t>(feature)];
}

}  // namespace microvm
