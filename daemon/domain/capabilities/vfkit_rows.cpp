#include "daemon/domain/capabilities/rows.hpp"

namespace microvm {

namespace {

using enum Support;

constexpr CapabilityRow kVfkitRows[] = {
    {Feature::Host, Yes, "", "", ""},
    {Feature::GuestOtherArchitecture, No, "", "vfkit runs guests of the host's own architecture only",
     "use a kernel and images for the host's architecture"},
    {Feature::BootLinux, Yes, "", "", ""},
    {Feature::BootCompressedKernel, No, "", "vfkit boots only an uncompressed kernel on Apple silicon",
     "unpack the kernel"},
    {Feature::BootEfi, Yes, "", "", ""},
    {Feature::Balloon, Partial, "0.6.1",
     "vfkit attaches a balloon device that nobody can steer: its size cannot be set, and no memory comes back",
     "leave balloon out; runner qemu has a balloon that works"},
    {Feature::BalloonTarget, No, "", "vfkit has no way to set a balloon's size", "use runner qemu"},
    {Feature::MemoryHotplug, No, "", "vfkit gives a guest its memory once, at the start", "give memory what it needs"},
    {Feature::ConsoleInput, Yes, "", "", ""},
    {Feature::VolumeRaw, Yes, "", "", ""},
    {Feature::VolumeQcow2, No, "", "vfkit takes raw images only",
     "convert it: qemu-img convert -O raw IN.qcow2 OUT.img"},
    {Feature::VolumeReadOnly, Yes, "0.6.0", "", ""},
    {Feature::VolumeSerial, Yes, "", "", ""},
    {Feature::VolumeDirect, No, "", "vfkit always goes through the host's cache, and syncs when the guest flushes",
     "leave it out"},
    {Feature::VolumeDevice, Yes, "0.6.2", "", ""},
    {Feature::VolumeNvme, Yes, "0.6.0", "", ""},
    {Feature::VolumeUsb, Yes, "", "", ""},
    {Feature::VolumeNbd, Yes, "0.6.0", "", ""},
    {Feature::VolumeNbdTls, Yes, "0.6.0", "", ""},
    {Feature::VolumeMountPoint, External, "", "the guest mounts a volume itself", ""},
    {Feature::ShareVirtiofs, Yes, "", "", ""},
    {Feature::ShareReadOnly, No, "", "vfkit shares every folder read-write: it has no read-only share",
     "leave readOnly out and mount it read-only in the guest, which the guest can undo; or give a read-only volume"},
    {Feature::Share9p, No, "", "vfkit shares folders by virtio-fs and not by 9p",
     "leave proto out: every share is virtio-fs"},
    {Feature::ShareMountPoint, External, "", "the guest mounts a share itself", ""},
    {Feature::NetNat, Yes, "", "", ""},
    {Feature::NetUnixgram, Yes, "", "", ""},
    {Feature::NetFd, Yes, "", "", ""},
    {Feature::NetTap, No, "", "macOS has no tap devices",
     "use type nat, or type unixgram with the socket of a network helper such as gvproxy"},
    {Feature::NetMacvtap, No, "", "macOS has no macvtap devices",
     "use type nat, or type unixgram with the socket of a network helper such as gvproxy"},
    {Feature::NetBridge, No, "", "vfkit has no bridge: a bridged network is the work of vmnet-helper",
     "use type nat, or run vmnet-helper --socket PATH and use type unixgram with that path"},
    {Feature::NetPortForward, No, "", "vfkit's NAT forwards no ports",
     "reach the guest at its own address, or through a port of vsock"},
    {Feature::VsockConnect, Yes, "", "", ""},
    {Feature::VsockListen, Yes, "", "", ""},
    {Feature::VsockCid, No, "", "macOS gives every guest its CID, and vfkit cannot choose one",
     "leave cid out: the ports in vsock are reached through Unix sockets"},
    {Feature::GraphicsWindow, Yes, "", "", ""},
    {Feature::Rosetta, Yes, "", "", ""},
    {Feature::RosettaInstall, Yes, "", "", ""},
    {Feature::Nested, Yes, "0.6.2", "", ""},
    {Feature::Timesync, Yes, "", "", ""},
    {Feature::CloudInit, Yes, "0.6.1", "", ""},
    {Feature::CloudInitNetwork, Yes, "0.6.2", "", ""},
    {Feature::Ignition, Yes, "0.6.0", "", ""},
    {Feature::Devices, No, "", "macOS passes no PCI or USB device of the host on to a guest",
     "give a disk as a volume with device, or an image with bus usb"},
    {Feature::Credentials, No, "", "vfkit has neither SMBIOS strings nor fw_cfg to hand credentials over",
     "use cloudInit or ignition"},
    {Feature::User, No, "", "vfkit runs as the daemon's user and cannot change to another",
     "run a microvmd as that user"},
    {Feature::MachineId, No, "", "vfkit gives the guest a new machine identity at every start",
     "leave it out; the MAC address is what stays"},
    {Feature::Pause, Yes, "", "", ""},
    {Feature::GracefulStop, Yes, "", "", ""},
    {Feature::HardStop, Yes, "", "", ""},
    {Feature::Inspect, Yes, "0.6.0", "", ""},
};

}  // namespace

std::span<const CapabilityRow> vfkitRows() {
  return kVfkitRows;
}

}  // namespace microvm
