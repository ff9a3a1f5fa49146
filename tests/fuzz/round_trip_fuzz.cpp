// Any definition that can be encoded is read back from its command line as it was meant.
#include <cstdint>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>
#include <span>
#include <string>
#include <variant>

#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/encoder/encoder.hpp"

namespace {

using namespace microvm;

void insist(bool holds) {
  if (!holds) std::abort();
}

std::string text(FuzzedDataProvider& data) {
  return data.ConsumeRandomLengthString(40);
}

/// A volume of any kind that the check lets through: serials are virtio's. A file has to be one that can be opened.
Volume volumeOf(FuzzedDataProvider& data) {
  Volume volume;
  switch (data.ConsumeIntegralInRange<unsigned>(0, 2)) {
    case 0:
      volume.source = NbdExport{text(data), Milliseconds(data.ConsumeIntegralInRange<int>(1, 60'000)), NbdSync::None};
      break;
    case 1:
      volume.source = BlockDevice{"/bin/sh"};
      break;
    default:
      volume.source = ImageFile{"/bin/sh", {}, false, {}, {}, {}};
  }
  volume.readOnly = data.ConsumeBool();
  if (!std::holds_alternative<NbdExport>(volume.source))
    volume.bus = data.PickValueInArray({VolumeBus::Virtio, VolumeBus::Nvme, VolumeBus::Usb});
  if (volume.bus == VolumeBus::Virtio) volume.serial = text(data);
  return volume;
}

/// Texts of every kind where a text is.
Definition definitionOf(FuzzedDataProvider& data) {
  Definition definition;
  definition.cpus = data.ConsumeIntegralInRange<unsigned>(1, 256);
  definition.memory = data.ConsumeIntegralInRange<std::uint64_t>(64, 4096) * kMiB;
  LinuxBoot boot;
  boot.kernel = text(data);
  if (data.ConsumeBool()) boot.initrd = text(data);
  while (data.ConsumeBool() && boot.cmdline.size() < 4)
    boot.cmdline.push_back(text(data));
  definition.boot = boot;
  for (unsigned i = data.ConsumeIntegralInRange<unsigned>(0, 2); i > 0; --i)
    definition.volumes.push_back(volumeOf(data));
  for (unsigned i = data.ConsumeIntegralInRange<unsigned>(0, 2); i > 0; --i)
    definition.shares.push_back({text(data), text(data), {}, false});
  return definition;
}

/// Where a path leads that may be one of the links.
std::string followed(const std::string& path, const std::vector<Link>& links) {
  for (const Link& link : links)
    if (link.path == path) return link.target;
  return path;
}

void compareVolume(const Volume& volume, const vfkit::Device& device) {
  if (const auto* nbd = std::get_if<vfkit::Nbd>(&device)) {
    const auto& meant = std::get<NbdExport>(volume.source);
    insist(nbd->uri == meant.uri && nbd->readOnly == volume.readOnly);
    // vfkit wants an identity, so one is made up where there is none.
    insist(volume.serial.empty() ? !nbd->deviceId.empty() : nbd->deviceId == volume.serial);
    insist(nbd->timeoutMs == meant.timeout.count() && nbd->sync == "none");
    return;
  }
  const auto& disk = std::get<vfkit::Disk>(device);
  insist(disk.path == "/bin/sh" && disk.readOnly == volume.readOnly);
  insist(disk.bus != vfkit::DiskBus::VirtioBlk || disk.deviceId == volume.serial);
}

void compare(const Definition& definition, const vfkit::Options& options, const std::vector<Link>& links) {
  insist(options.cpus == definition.cpus);
  insist(options.memoryMiB == definition.memory / kMiB);
  const auto& meant = std::get<LinuxBoot>(definition.boot);
  const auto* boot = std::get_if<vfkit::LinuxBoot>(&options.bootloader);
  insist(boot != nullptr && boot->kernel == meant.kernel);
  insist(boot->cmdline == kernelCommandLine(meant, definition.graphics));
  std::size_t volumes = 0;
  std::size_t shares = 0;
  for (const vfkit::Device& device : options.devices) {
    if (std::holds_alternative<vfkit::Disk>(device) || std::holds_alternative<vfkit::Nbd>(device)) {
      compareVolume(definition.volumes.at(volumes++), device);
    } else if (const auto* share = std::get_if<vfkit::Share>(&device)) {
      const Share& wanted = definition.shares.at(shares++);
      insist(followed(share->folder, links) == wanted.source && share->tag == wanted.tag);
    }
  }
  insist(volumes == definition.volumes.size() && shares == definition.shares.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  EncodeOptions encode;
  encode.program = "/bin/vfkit";
  encode.runFolder = "/run/vm";
  encode.socketPath = "/" + text(data);
  encode.variableStore = "/run/vm/variables";
  const Definition definition = definitionOf(data);
  const auto command = encodeCommandLine(definition, encode);
  if (!command) {
    insist(command.error().code == Errc::Invalid);
    return 0;
  }
  const auto options = vfkit::parseCommandLine(std::span(command->words).subspan(1));
  insist(options.has_value());
  insist(options->rest.path == encode.socketPath);
  compare(definition, *options, command->links);
  return 0;
}
