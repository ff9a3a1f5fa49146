#include "daemon/domain/capabilities/rows.hpp"

namespace microvm {

namespace {

using enum Support;

constexpr CapabilityRow kQemuRows[] = {
    {Feature::Host, Yes, "", "", ""},
    {Feature::GuestOtherArchitecture, No, "",
     "vfkit-qemu runs guests of the host's own architecture only, as vfkit does",
     "use a kernel and images for the host's architecture"},
    {Feature::BootLinux, Yes, "", "", ""},
    {Feature::BootCompressedKernel, No, "", "vfkit-qemu boots only an uncompressed kernel on arm64, as vfkit does",
     "unpack the kernel"},
    {Feature::BootEfi, Yes, "", "", ""},
    {Feature::Balloon, Yes, "", "", ""},
    {Feature::BalloonTarget, No, "", "vfkit's interface has no way to set a balloon's size",
     "the guest gives free pages back by itself"},
    {Feature::MemoryHotplug, No, "", "vfkit-qemu gives a guest its memory once, at the start",
     "give memory what it needs"},
    {Feature::ConsoleInput, Yes, "", "", ""},
    {Feature::VolumeRaw, Yes, "", "", ""},
    {Feature::VolumeQcow2, No, "", "vfkit-qemu takes raw images only, as vfkit does",
     "convert it: qemu-img convert -O raw IN.qcow2 OUT.img"},
    {Feature::VolumeReadOnly, Yes, "", "", ""},
    {Feature::VolumeSerial, Yes, "", "", ""},
    {Feature::VolumeDirect, No, "", "vfkit's command line has no word for it", "leave it out"},
    {Feature::VolumeDevice, Yes, "", "", ""},
    {Feature::VolumeNvme, Yes, "", "", ""},
    {Feature::VolumeUsb, Yes, "", "", ""},
    {Feature::VolumeNbd, Yes, "", "", ""},
    {Feature::VolumeNbdTls, No, "", "vfkit-qemu speaks no TLS to servers of block devices",
     "write nbd:// or nbd+unix://, to the near end of a tunnel of yours, or use runner vfkit"},
    {Feature::VolumeMountPoint, External, "", "the guest mounts a volume itself", ""},
    {Feature::ShareVirtiofs, Yes, "", "", ""},
    {Feature::ShareReadOnly, No, "", "vfkit's command line has no read-only share, and vfkit-qemu takes the same",
     "leave readOnly out and mount it read-only in the guest, which the guest can undo; or give a read-only volume"},
    {Feature::Share9p, No, "", "vfkit-qemu shares folders by virtio-fs and not by 9p",
     "leave proto out: every share is virtio-fs"},
    {Feature::ShareMountPoint, External, "", "the guest mounts a share itself", ""},
    {Feature::NetNat, Yes, "", "", ""},
    {Feature::NetUnixgram, Yes, "", "", ""},
    {Feature::NetFd, Yes, "", "", ""},
    {Feature::NetTap, No, "", "vfkit's command line has no tap devices, and vfkit-qemu takes the same",
     "use type nat, or type unixgram with the socket of a network helper such as gvproxy"},
    {Feature::NetMacvtap, No, "", "vfkit's command line has no macvtap devices, and vfkit-qemu takes the same",
     "use type nat, or type unixgram with the socket of a network helper such as gvproxy"},
    {Feature::NetBridge, No, "",
     "vfkit's command line has no bridge, and vfkit-qemu takes the same; on macOS a bridged network is the work of "
     "vmnet-helper",
     "use type nat, or type unixgram with the socket of a network helper"},
    {Feature::NetPortForward, No, "", "vfkit's command line forwards no ports, and vfkit-qemu takes the same",
     "use type unixgram with the socket of gvproxy, which forwards ports, or a port of vsock"},
    {Feature::VsockConnect, Yes, "", "", ""},
    {Feature::VsockListen, Yes, "", "", ""},
    {Feature::VsockCid, No, "", "vfkit's command line has no CID; vfkit-qemu takes a free one",
     "leave cid out: the ports in vsock are reached through Unix sockets"},
    {Feature::GraphicsWindow, Yes, "", "", ""},
    {Feature::Rosetta, No, "", "Rosetta is a part of macOS and works only with Apple's own framework",
     "use runner vfkit on Apple silicon, or qemu-user in the guest"},
    {Feature::RosettaInstall, No, "", "Rosetta is a part of macOS and works only with Apple's own framework",
     "use runner vfkit on Apple silicon"},
    {Feature::Nested, Yes, "", "", ""},
    {Feature::Timesync, Yes, "", "", ""},
    {Feature::CloudInit, Yes, "", "", ""},
    {Feature::CloudInitNetwork, Yes, "", "", ""},
    {Feature::Ignition, Yes, "", "", ""},
    {Feature::Devices, No, "", "vfkit's command line passes no PCI or USB device of the host on",
     "give a disk as a volume with device, or an image with bus usb"},
    {Feature::Credentials, No, "", "vfkit's command line has no word for credentials", "use cloudInit or ignition"},
    {Feature::User, No, "", "vfkit-qemu runs as the daemon's user and does not change to another",
     "run a microvmd as that user"},
    {Feature::MachineId, No, "", "vfkit's command line has no word for the machine's identity",
     "leave it out; the MAC address is what stays"},
    {Feature::Pause, Yes, "", "", ""},
    {Feature::GracefulStop, Yes, "", "", ""},
    {Feature::HardStop, Yes, "", "", ""},
    {Feature::Inspect, Yes, "", "", ""},
};

}  // namespace

std::span<const CapabilityRow> qemuRows() {
  return kQemuRows;
}

}  // namespace microvm
