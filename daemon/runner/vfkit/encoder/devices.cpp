#include "daemon/runner/vfkit/encoder/devices.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace microvm {

namespace {

constexpr std::size_t kLongestSocket = 103;    // sun_path of macOS has 104 bytes with the NUL
constexpr std::size_t kLongestNetFolder = 81;  // vfkit binds a socket of up to 22 bytes more beside the helper's
constexpr RunnerVersion kPtySince{0, 6, 2};
constexpr RunnerVersion kUnixgramSince{0, 6, 2};
constexpr Milliseconds kNbdTimeout{15'000};  // vfkit's own default

std::string pointerTo(std::string_view list, std::size_t index, std::string_view member) {
  return fmt::format("/spec/{}/{}/{}", list, index, member);
}

bool isPlainPath(const std::string& path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._~@:+-").find(c) != std::string_view::npos;
  });
}

std::string_view deviceOf(VolumeBus bus) {
  switch (bus) {
    case VolumeBus::Virtio:
      return "virtio-blk";
    case VolumeBus::Nvme:
      return "nvme";
    case VolumeBus::Usb:
      return "usb-mass-storage";
  }
  return "";
}

class VolumeDevice {
public:
  VolumeDevice(const Volume& volume, std::size_t index, WordList& words)
      : volume_(volume), index_(index), words_(words) {}

  std::string operator()(const ImageFile& image) const {
    const Member path{image.path, pointerTo("volumes", index_, "image")};
    return std::string(deviceOf(volume_.bus)) + words_.path("path", path, fmt::format("volume-{}", index_)) + ending();
  }
  std::string operator()(const BlockDevice& device) const {
    const Member member{device.path, pointerTo("volumes", index_, "device")};
    const std::string path =
        words_.reachThroughFolder(member, fmt::format("volume-{}", index_), !words_.isCut(device.path));
    return fmt::format("{},path={},type=dev{}", deviceOf(volume_.bus), path, ending());
  }
  std::string operator()(const NbdExport& nbd) const {
    std::string device = "nbd" + words_.value("uri", {nbd.uri, pointerTo("volumes", index_, "nbd")});
    device += volume_.serial.empty() ? fmt::format(",deviceId=nbd{}", index_) : identity();
    if (nbd.timeout != kNbdTimeout) device += fmt::format(",timeout={}", nbd.timeout.count());
    if (nbd.sync == NbdSync::None) device += ",sync=none";
    if (volume_.readOnly) device += ",readonly";
    return device;
  }

private:
  [[nodiscard]] std::string ending() const {
    std::string text = volume_.readOnly ? ",readonly" : "";
    if (!volume_.serial.empty()) text += identity();
    return text;
  }
  [[nodiscard]] std::string identity() const {
    return words_.value("deviceId", {volume_.serial, pointerTo("volumes", index_, "serial")});
  }

  const Volume& volume_;
  std::size_t index_;
  WordList& words_;
};

void addShare(const Share& share, std::size_t index, WordList& words) {
  // A statement each: which operand of a sum comes first, and so which error, is the compiler's choice.
  std::string device = "virtio-fs";
  device +=
      words.path("sharedDir", {share.source, pointerTo("shares", index, "source")}, fmt::format("share-{}", index));
  device += words.value("mountTag", {share.tag, pointerTo("shares", index, "tag")});
  words.device(std::move(device));
}

void addInterface(const Interface& interface, std::size_t index, const RunnerTarget& target, WordList& words) {
  if (interface.mac.empty()) {
    words.refuse(pointerTo("interfaces", index, "mac"), "is empty; the runner would choose another at every start");
    return;
  }
  std::string device = "virtio-net";
  if (interface.type == InterfaceType::Nat) {
    device += ",nat";
  } else if (interface.type == InterfaceType::Fd) {
    device += fmt::format(",fd={}", interfaceDescriptor(index));
  } else {
    const Member path{interface.path, pointerTo("interfaces", index, "path")};
    const bool isNew = target.version >= kUnixgramSince;
    device += isNew ? ",type=unixgram,path=" : ",unixSocketPath=";
    const std::size_t name = interface.path.size() - std::min(interface.path.rfind('/'), interface.path.size());
    device += socketPath(path, fmt::format("interface-{}", index), kLongestNetFolder + name, words);
  }
  device += words.value("mac", {interface.mac, pointerTo("interfaces", index, "mac")});
  words.device(std::move(device));
}

void addVsockPort(const VsockPort& vsock, std::size_t index, WordList& words) {
  const std::string socket = vsockSocketOf(vsock, words.runFolder());
  if (vsock.direction == VsockDirection::Connect) words.bind(socket);
  const Member member{socket, pointerTo("vsock", index, "socket")};
  words.device(fmt::format("virtio-vsock,port={},socketURL={},{}", vsock.port,
                           socketPath(member, fmt::format("vsock-{}", index), kLongestSocket, words),
                           vsock.direction == VsockDirection::Connect ? "connect" : "listen"));
}

void addRosetta(const Rosetta& rosetta, WordList& words) {
  std::string device = "rosetta" + words.value("mountTag", {rosetta.mountTag, "/spec/rosetta/mountTag"});
  if (rosetta.install) device += ",install";
  if (rosetta.ignoreIfMissing) device += ",ignore-if-missing";
  words.device(std::move(device));
}

}  // namespace

std::string socketPath(const Member& member, std::string_view linkName, std::size_t longest, WordList& words) {
  const bool isPlain = isPlainPath(member.value) && member.value.size() <= longest;
  std::string path = words.reachThroughFolder(member, linkName, isPlain);
  if (path.size() > longest) {
    words.refuse(member.pointer,
                 fmt::format("{} has {} bytes, and a socket's path has at most {}; choose a shorter name", path,
                             path.size(), longest));
  }
  return path;
}

void addDevices(const Definition& definition, const RunnerTarget& target, WordList& words) {
  words.device("virtio-rng");
  words.device(target.version >= kPtySince ? "virtio-serial,pty" : "virtio-serial,stdio");
  for (std::size_t i = 0; i < definition.volumes.size(); ++i)
    words.device(std::visit(VolumeDevice(definition.volumes[i], i, words), definition.volumes[i].source));
  for (std::size_t i = 0; i < definition.shares.size(); ++i)
    addShare(definition.shares[i], i, words);
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i)
    addInterface(definition.interfaces[i], i, target, words);
  for (std::size_t i = 0; i < definition.vsock.size(); ++i)
    addVsockPort(definition.vsock[i], i, words);
  if (definition.graphics.enable) {
    words.device(fmt::format("virtio-gpu,width={},height={}", definition.graphics.width, definition.graphics.height));
    words.device("virtio-input,keyboard");
    words.device("virtio-input,pointing");
  }
  if (definition.rosetta.enable) addRosetta(definition.rosetta, words);
  if (definition.balloon) words.device("virtio-balloon");
}

}  // namespace microvm
