#include "daemon/domain/capabilities/rows.hpp"

namespace microvm {

namespace {

using enum Support;

constexpr CapabilityRow kKrunkitRows[] = {
    {Feature::Host, Yes, "", "", ""},
    {Feature::GuestOtherArchitecture, No, "", "krunkit runs guests of the host's own architecture only",
     "use images for arm64"},
    {Feature::BootLinux, No, "", "krunkit boots by EFI firmware only and takes no kernel",
     "use boot.efi with a bootable image as the first volume, or runner vfkit"},
    {Feature::BootCompressedKernel, No, "", "krunkit takes no kernel at all", "use boot.efi"},
    {Feature::BootEfi, Yes, "", "", ""},
    {Feature::Balloon, No, "", "krunkit has a balloon of its own, which gives free pages back, and takes no other",
     "leave balloon out"},
    {Feature::BalloonTarget, No, "", "krunkit has no way to set a balloon's size", "use runner qemu"},
    {Feature::MemoryHotplug, No, "", "krunkit gives a guest its memory once, at the start",
     "give memory what it needs"},
    {Feature::ConsoleInput, No, "", "krunkit's console writes and takes no input",
     "log in by ssh, or use runner vfkit"},
    {Feature::VolumeRaw, Yes, "", "", ""},
    {Feature::VolumeQcow2, No, "", "microvmd gives krunkit raw images only",
     "convert it: qemu-img convert -O raw IN.qcow2 OUT.img"},
    {Feature::VolumeReadOnly, No, "", "krunkit has no read-only disks", "leave readOnly out, or use runner vfkit"},
    {Feature::VolumeSerial, No, "", "krunkit takes the image's file name as the disk's serial",
     "leave serial out and name the file"},
    {Feature::VolumeDirect, No, "", "krunkit always goes through the host's cache", "leave it out"},
    {Feature::VolumeDevice, No, "", "krunkit takes images only", "use runner vfkit"},
    {Feature::VolumeNvme, No, "", "krunkit has virtio disks only", "leave bus out"},
    {Feature::VolumeUsb, No, "", "krunkit has virtio disks only", "leave bus out"},
    {Feature::VolumeNbd, No, "", "krunkit has no network block devices", "use runner vfkit"},
    {Feature::VolumeNbdTls, No, "", "krunkit has no network block devices", "use runner vfkit"},
    {Feature::VolumeMountPoint, External, "", "the guest mounts a volume itself", ""},
    {Feature::ShareVirtiofs, Yes, "", "", ""},
    {Feature::ShareReadOnly, No, "", "krunkit shares every folder read-write: it has no read-only share",
     "leave readOnly out and mount it read-only in the guest, which the guest can undo"},
    {Feature::Share9p, No, "", "krunkit shares folders by virtio-fs and not by 9p",
     "leave proto out: every share is virtio-fs"},
    {Feature::ShareMountPoint, External, "", "the guest mounts a share itself", ""},
    {Feature::NetNat, No, "", "krunkit has no network of its own",
     "run gvproxy or vmnet-helper and use type unixgram with its socket, or use runner vfkit"},
    {Feature::NetUnixgram, Yes, "", "", ""},
    {Feature::NetFd, Yes, "", "", ""},
    {Feature::NetTap, No, "", "macOS has no tap devices",
     "use type unixgram with the socket of a network helper such as gvproxy"},
    {Feature::NetMacvtap, No, "", "macOS has no macvtap devices",
     "use type unixgram with the socket of a network helper such as gvproxy"},
    {Feature::NetBridge, No, "", "krunkit has no bridge: a bridged network is the work of vmnet-helper",
     "run vmnet-helper --socket PATH and use type unixgram with that path"},
    {Feature::NetPortForward, No, "", "krunkit forwards no ports", "gvproxy forwards ports; or use a port of vsock"},
    {Feature::VsockConnect, Yes, "1.2.0", "", ""},
    {Feature::VsockListen, Yes, "", "", ""},
    {Feature::VsockCid, No, "", "krunkit cannot choose a guest's CID",
     "leave cid out: the ports in vsock are reached through Unix sockets"},
    {Feature::GraphicsWindow, No, "", "krunkit shows no window", "leave graphics out, or use runner vfkit"},
    {Feature::Rosetta, No, "", "Rosetta works only with Apple's own framework", "use runner vfkit"},
    {Feature::RosettaInstall, No, "", "Rosetta works only with Apple's own framework", "use runner vfkit"},
    {Feature::Nested, Yes, "", "", ""},
    {Feature::Timesync, Yes, "1.2.0", "", ""},
    {Feature::CloudInit, No, "", "krunkit makes no seed for cloud-init",
     "add an image with the label cidata to volumes, or use runner vfkit"},
    {Feature::CloudInitNetwork, No, "", "krunkit makes no seed for cloud-init",
     "add an image with the label cidata to volumes, or use runner vfkit"},
    {Feature::Ignition, No, "", "krunkit serves no configuration for Ignition", "use runner vfkit"},
    {Feature::Devices, No, "", "macOS passes no PCI or USB device of the host on to a guest",
     "use runner qemu on Linux"},
    {Feature::Credentials, No, "", "microvmd hands no credentials to krunkit",
     "extraArgs may have --oem-string io.systemd.credential:NAME=VALUE, which other users of the host can read"},
    {Feature::User, No, "", "krunkit runs as the daemon's user and cannot change to another",
     "run a microvmd as that user"},
    {Feature::MachineId, No, "", "krunkit has no option for the machine's identity", "leave it out"},
    {Feature::Pause, No, "", "krunkit cannot pause: every order is the power button to it", "use runner vfkit"},
    {Feature::GracefulStop, Yes, "", "", ""},
    {Feature::HardStop, No, "", "krunkit has no power cut; the process is killed instead", ""},
    {Feature::Inspect, No, "", "krunkit describes nothing", "microvmctl inspect has the definition"},
};

}  // namespace

std::span<const CapabilityRow> krunkitRows() {
  return kKrunkitRows;
}

}  // namespace microvm
