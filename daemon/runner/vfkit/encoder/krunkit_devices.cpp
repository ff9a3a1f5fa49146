#include "daemon/runner/vfkit/encoder/krunkit_devices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/runner/vfkit/encoder/devices.hpp"

namespace microvm {

namespace {

constexpr std::size_t kLongestKrunkitSocket = 103;

void addVolume(const Volume& volume, std::size_t index, WordList& words) {
  const auto* image = std::get_if<ImageFile>(&volume.source);
  if (image == nullptr) return;
  const Member path{image->path, fmt::format("/spec/volumes/{}/image", index)};
  words.device(fmt::format("virtio-blk{},format=raw", words.path("path", path, fmt::format("volume-{}", index))));
}

void addKrunkitShare(const Share& share, std::size_t index, WordList& words) {
  const std::string pointer = fmt::format("/spec/shares/{}", index);
  std::string device = "virtio-fs";
  device += words.path("sharedDir", {share.source, pointer + "/source"}, fmt::format("share-{}", index));
  device += words.value("mountTag", {share.tag, pointer + "/tag"});
  words.device(std::move(device));
}

void addInterface(const Interface& interface, std::size_t index, WordList& words) {
  if (interface.type == InterfaceType::Nat) return;
  const std::string pointer = fmt::format("/spec/interfaces/{}", index);
  if (interface.mac.empty()) return words.refuse(pointer + "/mac", "is empty; krunkit wants an address");
  const std::string mac = words.value("mac", {interface.mac, pointer + "/mac"});
  if (interface.type == InterfaceType::Fd) {
    return words.device(
        fmt::format("virtio-net,type=unixgram,fd={}{},offloading=off,vfkitMagic=off", interfaceDescriptor(index), mac));
  }
  const Member path{interface.path, pointer + "/path"};
  // Said in full: krunkit's defaults for unixSocketPath= are others than for type=, and than vfkit's.
  words.device(fmt::format("virtio-net,type=unixgram,path={}{},offloading=off,vfkitMagic=on",
                           socketPath(path, fmt::format("interface-{}", index), kLongestKrunkitSocket, words), mac));
}

void addKrunkitVsockPort(const VsockPort& vsock, std::size_t index, WordList& words) {
  const std::string socket = vsockSocketOf(vsock, words.runFolder());
  if (vsock.direction == VsockDirection::Connect) words.bind(socket);
  const Member member{socket, fmt::format("/spec/vsock/{}/socket", index)};
  words.device(fmt::format("virtio-vsock,port={},socketURL={},{}", vsock.port,
                           socketPath(member, fmt::format("vsock-{}", index), kLongestKrunkitSocket, words),
                           vsock.direction == VsockDirection::Connect ? "connect" : "listen"));
}

}  // namespace

void addKrunkitDevices(const Definition& definition, WordList& words) {
  words.device("virtio-rng");
  // Output only. Standard output is the terminal that the shim gives it.
  words.device("virtio-serial,logFilePath=/dev/fd/1");
  for (std::size_t i = 0; i < definition.volumes.size(); ++i)
    addVolume(definition.volumes[i], i, words);
  for (std::size_t i = 0; i < definition.shares.size(); ++i)
    addKrunkitShare(definition.shares[i], i, words);
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i)
    addInterface(definition.interfaces[i], i, words);
  for (std::size_t i = 0; i < definition.vsock.size(); ++i)
    addKrunkitVsockPort(definition.vsock[i], i, words);
}

}  // namespace microvm
