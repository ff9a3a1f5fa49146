// asksOf() of check.hpp.
#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/domain/capabilities/check.hpp"
#include "daemon/domain/definition/nbd_address.hpp"

namespace microvm {

namespace {

class Asks {
public:
  void add(std::string pointer, Feature feature, std::string remark = {}) {
    asks_.push_back({std::move(pointer), feature, std::move(remark)});
  }
  void addIf(bool isAsked, std::string pointer, Feature feature) {
    if (isAsked) add(std::move(pointer), feature);
  }
  std::vector<Ask> take() { return std::move(asks_); }

private:
  std::vector<Ask> asks_;
};

/// How a guest would find the volume: by its label or serial, else by its place.
std::string nameInGuest(const Volume& volume) {
  const auto* image = std::get_if<ImageFile>(&volume.source);
  if (image != nullptr && !image->label.empty()) return "LABEL=" + image->label;
  if (!volume.serial.empty()) return "/dev/disk/by-id/virtio-" + volume.serial;
  return "DEVICE";
}

void addVolume(const Volume& volume, std::size_t index, Asks& asks) {
  const std::string pointer = fmt::format("/spec/volumes/{}", index);
  if (std::holds_alternative<ImageFile>(volume.source)) asks.add(pointer + "/image", Feature::VolumeRaw);
  if (std::holds_alternative<BlockDevice>(volume.source)) asks.add(pointer + "/device", Feature::VolumeDevice);
  if (const auto* nbd = std::get_if<NbdExport>(&volume.source)) {
    asks.add(pointer + "/nbd", isNbdOverTls(nbd->uri) ? Feature::VolumeNbdTls : Feature::VolumeNbd);
  }
  if (!volume.mountPoint.empty()) {
    asks.add(pointer + "/mountPoint", Feature::VolumeMountPoint,
             fmt::format("in the guest: mount {} {}", shellWord(nameInGuest(volume)), shellWord(volume.mountPoint)));
  }
  asks.addIf(volume.readOnly, pointer + "/readOnly", Feature::VolumeReadOnly);
  asks.addIf(!volume.serial.empty(), pointer + "/serial", Feature::VolumeSerial);
  asks.addIf(volume.bus == VolumeBus::Nvme, pointer + "/bus", Feature::VolumeNvme);
  asks.addIf(volume.bus == VolumeBus::Usb, pointer + "/bus", Feature::VolumeUsb);
}

void addShare(const Share& share, std::size_t index, Asks& asks) {
  const std::string pointer = fmt::format("/spec/shares/{}", index);
  asks.add(pointer, Feature::ShareVirtiofs);
  asks.addIf(share.readOnly, pointer + "/readOnly", Feature::ShareReadOnly);
  if (!share.mountPoint.empty()) {
    asks.add(pointer + "/mountPoint", Feature::ShareMountPoint,
             fmt::format("in the guest: mount -t virtiofs {} {}", shellWord(share.tag), shellWord(share.mountPoint)));
  }
}

void addRosetta(const Rosetta& rosetta, Asks& asks) {
  asks.add("/spec/rosetta", Feature::Rosetta);
  asks.addIf(rosetta.install, "/spec/rosetta/install", Feature::RosettaInstall);
  if (!rosetta.mountPoint.empty()) {
    asks.add("/spec/rosetta/mountPoint", Feature::ShareMountPoint,
             fmt::format("in the guest: mount -t virtiofs {} {}, and register it with binfmt_misc",
                         shellWord(rosetta.mountTag), shellWord(rosetta.mountPoint)));
  }
}

Feature featureOf(InterfaceType type) {
  switch (type) {
    case InterfaceType::Nat:
      return Feature::NetNat;
    case InterfaceType::Unixgram:
      return Feature::NetUnixgram;
    case InterfaceType::Fd:
      break;
  }
  return Feature::NetFd;
}

}  // namespace

std::vector<Ask> asksOf(const Definition& definition) {
  Asks asks;
  asks.add("/spec/runner", Feature::Host);
  const bool isLinux = std::holds_alternative<LinuxBoot>(definition.boot);
  asks.add(isLinux ? "/spec/boot/linux" : "/spec/boot/efi", isLinux ? Feature::BootLinux : Feature::BootEfi);
  for (std::size_t i = 0; i < definition.volumes.size(); ++i)
    addVolume(definition.volumes[i], i, asks);
  for (std::size_t i = 0; i < definition.shares.size(); ++i)
    addShare(definition.shares[i], i, asks);
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i) {
    asks.add(fmt::format("/spec/interfaces/{}/type", i), featureOf(definition.interfaces[i].type));
  }
  for (std::size_t i = 0; i < definition.vsock.size(); ++i) {
    const bool connects = definition.vsock[i].direction == VsockDirection::Connect;
    asks.add(fmt::format("/spec/vsock/{}/direction", i), connects ? Feature::VsockConnect : Feature::VsockListen);
  }
  asks.addIf(definition.graphics.enable, "/spec/graphics", Feature::GraphicsWindow);
  if (definition.rosetta.enable) addRosetta(definition.rosetta, asks);
  asks.addIf(definition.balloon, "/spec/balloon", Feature::Balloon);
  asks.addIf(definition.nested, "/spec/nested", Feature::Nested);
  asks.addIf(definition.timesync.has_value(), "/spec/timesync", Feature::Timesync);
  asks.addIf(definition.cloudInit.has_value(), "/spec/cloudInit", Feature::CloudInit);
  asks.addIf(definition.cloudInit && definition.cloudInit->networkConfig, "/spec/cloudInit/networkConfig",
             Feature::CloudInitNetwork);
  asks.addIf(definition.ignition.has_value(), "/spec/ignition", Feature::Ignition);
  return asks.take();
}

}  // namespace microvm
