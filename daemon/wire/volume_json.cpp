#include "daemon/wire/volume_json.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/volume_rules.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

constexpr Choice<VolumeBus> kBuses[] = {
    {"virtio", VolumeBus::Virtio}, {"nvme", VolumeBus::Nvme}, {"usb", VolumeBus::Usb}};
constexpr Choice<NbdSync> kSyncs[] = {{"full", NbdSync::Full}, {"none", NbdSync::None}};

/// A member and the kind of source that it is for.
struct SourceMember {
  std::string_view name;
  std::string_view source;
};

constexpr std::array<std::string_view, 3> kSources{"image", "device", "nbd"};
constexpr std::array kSourceMembers{
    SourceMember{"size", "image"},  SourceMember{"autoCreate", "image"}, SourceMember{"fsType", "image"},
    SourceMember{"label", "image"}, SourceMember{"mkfsArgs", "image"},   SourceMember{"timeout", "nbd"},
    SourceMember{"sync", "nbd"},
};

/// Which of image, device and nbd the volume has; the first one, when there are several, which is noted.
std::string_view sourceOf(JsonReader& reader) {
  std::string_view source;
  for (const std::string_view name : kSources) {
    if (reader.find(name) == nullptr) continue;
    if (source.empty()) {
      source = name;
    } else {
      reader.fail(name, fmt::format("stands beside {}; a volume has one source", source));
    }
  }
  if (!source.empty()) return source;
  reader.fail("image", "is required, unless the volume has device or nbd");
  return kSources.front();
}

void refuseForeign(JsonReader& reader, std::string_view source) {
  for (const SourceMember& member : kSourceMembers) {
    if (member.source == source || reader.find(member.name) == nullptr) continue;
    reader.fail(member.name, fmt::format("is for volumes with {}, and this one has {}", member.source, source));
  }
}

ImageFile readImage(JsonReader& reader) {
  ImageFile image;
  assign(image.path, reader.string("image"));
  assign(image.size, readSize(reader, "size", {kLeastVolume, kLargestVolume}));
  assign(image.autoCreate, reader.boolean("autoCreate"));
  assign(image.fsType, reader.string("fsType"));
  assign(image.label, reader.string("label"));
  assign(image.mkfsArgs, reader.strings("mkfsArgs", kMostRead));
  return image;
}

NbdExport readNbd(JsonReader& reader) {
  NbdExport nbd;
  assign(nbd.uri, reader.string("nbd"));
  assign(nbd.timeout, reader.parsed("timeout", parseDuration));
  assign(nbd.sync, reader.choice("sync", kSyncs));
  return nbd;
}

VolumeSource readSource(JsonReader& reader, std::string_view source) {
  if (source == "image") return readImage(reader);
  if (source == "nbd") return readNbd(reader);
  BlockDevice device;
  assign(device.path, reader.string("device"));
  return device;
}

Json sourceToJson(const ImageFile& image) {
  Json json{{"image", image.path}};
  if (image.size) json["size"] = formatSize(*image.size);
  json["autoCreate"] = image.autoCreate;
  if (!image.fsType.empty()) json["fsType"] = image.fsType;
  if (!image.label.empty()) json["label"] = image.label;
  if (!image.mkfsArgs.empty()) json["mkfsArgs"] = image.mkfsArgs;
  return json;
}

Json sourceToJson(const BlockDevice& device) {
  return Json{{"device", device.path}};
}

Json sourceToJson(const NbdExport& nbd) {
  return Json{{"nbd", nbd.uri}, {"timeout", formatDuration(nbd.timeout)}, {"sync", textOf(nbd.sync, kSyncs)}};
}

}  // namespace

Volume readVolume(JsonReader reader) {
  Volume volume;
  const std::string_view source = sourceOf(reader);
  volume.source = readSource(reader, source);
  refuseForeign(reader, source);
  assign(volume.mountPoint, reader.string("mountPoint"));
  assign(volume.readOnly, reader.boolean("readOnly"));
  assign(volume.serial, reader.string("serial"));
  assign(volume.bus, reader.choice("bus", kBuses));
  reader.refuseUnknown();
  return volume;
}

Json volumeToJson(const Volume& volume) {
  Json json = std::visit([](const auto& source) { return sourceToJson(source); }, volume.source);
  if (!volume.mountPoint.empty()) json["mountPoint"] = volume.mountPoint;
  json["readOnly"] = volume.readOnly;
  if (!volume.serial.empty()) json["serial"] = volume.serial;
  json["bus"] = textOf(volume.bus, kBuses);
  return json;
}

}  // namespace microvm
