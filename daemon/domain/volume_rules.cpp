#include "daemon/domain/volume_rules.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/core/size.hpp"
#include "api/core/text.hpp"
#include "daemon/domain/definition/file_systems.hpp"
#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/definition/nbd_address.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr std::size_t kMostVolumes = 16;
constexpr std::size_t kMostMkfsArgs = 32;
constexpr std::size_t kLongestSerial = 20;
constexpr std::size_t kLongestMkfsArg = 1023;
constexpr std::uint64_t kSector = 512;
constexpr Milliseconds kLongestNbdTimeout{std::numeric_limits<std::int32_t>::max()};

using Errors = std::vector<FieldError>;

bool isSerial(std::string_view text) {
  return text.size() <= kLongestSerial && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

void checkSize(const ImageFile& image, const std::string& pointer, Errors& errors) {
  if (!image.size) {
    if (image.autoCreate) errors.push_back({pointer + "/size", "is required with autoCreate; give one such as 8GiB"});
    return;
  }
  const std::uint64_t size = *image.size;
  if (size < kLeastVolume || size > kLargestVolume) {
    errors.push_back({pointer + "/size", fmt::format("{} is out of range; give {} to {}", formatSize(size),
                                                     formatSize(kLeastVolume), formatSize(kLargestVolume))});
  } else if (size % kSector != 0) {
    errors.push_back({pointer + "/size", fmt::format("{} bytes are not whole sectors of {}; {} is the nearest below",
                                                     size, kSector, formatSize(size / kSector * kSector))});
  }
}

void checkLabel(const ImageFile& image, const FileSystem& fileSystem, const std::string& pointer, Errors& errors) {
  const auto& label = image.label;
  const bool isPlain = !hasControlCharacters(label) && isUtf8(label) && !label.starts_with('-');
  if (label.size() <= fileSystem.longestLabel && isPlain) return;
  errors.push_back({pointer + "/label", fmt::format("{} cannot be a label of {}; use at most {} bytes without control "
                                                    "characters and without - in front",
                                                    inQuotes(label), fileSystem.name, fileSystem.longestLabel)});
}

void checkFileSystem(const ImageFile& image, const std::string& pointer, Errors& errors) {
  if (image.fsType.empty()) {
    if (!image.label.empty()) errors.push_back({pointer + "/label", "needs fsType: it is a file system's label"});
    if (!image.mkfsArgs.empty()) errors.push_back({pointer + "/mkfsArgs", "needs fsType: it is for its mkfs"});
    return;
  }
  const FileSystem* fileSystem = findFileSystem(image.fsType);
  if (fileSystem == nullptr) {
    std::vector<std::string_view> names;
    for (const FileSystem& known : fileSystems())
      names.push_back(known.name);
    errors.push_back({pointer + "/fsType", fmt::format("{} cannot be made here; use one of {}, or make it yourself and "
                                                       "leave autoCreate out",
                                                       inQuotes(image.fsType), fmt::join(names, ", "))});
    return;
  }
  checkLabel(image, *fileSystem, pointer, errors);
  if (!isFew(image.mkfsArgs.size(), kMostMkfsArgs, pointer + "/mkfsArgs", errors)) return;
  for (std::size_t i = 0; i < image.mkfsArgs.size(); ++i) {
    const std::string& word = image.mkfsArgs[i];
    if (!word.empty() && word.size() <= kLongestMkfsArg && !hasControlCharacters(word) && isUtf8(word)) continue;
    errors.push_back({fmt::format("{}/mkfsArgs/{}", pointer, i), inQuotes(word) + " is not one line of text"});
  }
}

class SourceRules {
public:
  SourceRules(const Volume& volume, std::string pointer, Errors& errors)
      : volume_(volume), pointer_(std::move(pointer)), errors_(errors) {}

  void operator()(const ImageFile& image) const {
    checkPath(image.path, pointer_ + "/image", errors_);
    checkSize(image, pointer_, errors_);
    checkFileSystem(image, pointer_, errors_);
    if (image.autoCreate && volume_.readOnly && image.fsType.empty()) {
      errors_.push_back(
          {pointer_ + "/readOnly", "a volume made by autoCreate is empty, and read-only it stays so; drop one"});
    }
  }
  void operator()(const BlockDevice& device) const { checkPlainPath(device.path, pointer_ + "/device", errors_); }
  void operator()(const NbdExport& nbd) const {
    if (auto problem = nbdProblem(nbd.uri)) errors_.push_back({pointer_ + "/nbd", inQuotes(nbd.uri) + *problem});
    if (nbd.timeout < Milliseconds(1) || nbd.timeout > kLongestNbdTimeout) {
      errors_.push_back(
          {pointer_ + "/timeout", fmt::format("{} is out of range; give 1ms to {}", formatDuration(nbd.timeout),
                                              formatDuration(kLongestNbdTimeout))});
    }
    if (volume_.bus != VolumeBus::Virtio) {
      errors_.push_back({pointer_ + "/bus", "an nbd volume is always on bus virtio; leave bus out"});
    }
  }

private:
  const Volume& volume_;
  std::string pointer_;
  Errors& errors_;
};

void checkSerial(const Volume& volume, const std::string& pointer, Errors& errors) {
  if (!isSerial(volume.serial)) {
    errors.push_back({pointer, fmt::format("{} cannot be a serial; use at most {} of A-Z, a-z, 0-9, ., _ and -",
                                           inQuotes(volume.serial), kLongestSerial)});
  } else if (!volume.serial.empty() && volume.bus != VolumeBus::Virtio) {
    errors.push_back({pointer, "only volumes on bus virtio have a serial; leave it out, or leave bus out"});
  }
}

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

/// What two volumes cannot share: the path, however it is spelled, or the address.
std::pair<std::string, std::string_view> identityOf(const VolumeSource& source) {
  if (const auto* image = std::get_if<ImageFile>(&source)) return {normal(image->path), "image"};
  if (const auto* device = std::get_if<BlockDevice>(&source)) return {normal(device->path), "device"};
  return {std::get<NbdExport>(source).uri, "nbd"};
}

/// The firmware writes its variables, so they are in no disk.
void checkStoreApart(const std::string& store, const std::vector<Volume>& volumes, Errors& errors) {
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (identityOf(volumes[i].source).first != normal(store)) continue;
    errors.push_back({"/spec/boot/efi/variableStore",
                      fmt::format("{} is used by volumes/{} already; each needs its own", inQuotes(store), i)});
    return;
  }
}

}  // namespace

void checkVolumes(const std::vector<Volume>& volumes, const Boot& boot, Errors& errors) {
  if (!isFew(volumes.size(), kMostVolumes, "/spec/volumes", errors)) return;
  Uses sources("/spec/volumes");
  Uses serials("/spec/volumes");
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const Volume& volume = volumes[i];
    const std::string pointer = fmt::format("/spec/volumes/{}", i);
    std::visit(SourceRules(volume, pointer, errors), volume.source);
    const auto [identity, member] = identityOf(volume.source);
    if (!identity.empty()) sources.add(identity, i, member, errors);
    checkMountPoint(volume.mountPoint, pointer + "/mountPoint", errors);
    checkSerial(volume, pointer + "/serial", errors);
    if (!volume.serial.empty()) serials.add(volume.serial, i, "serial", errors);
  }
  const auto* efi = std::get_if<EfiBoot>(&boot);
  if (efi != nullptr && !efi->variableStore.empty()) checkStoreApart(efi->variableStore, volumes, errors);
}

}  // namespace microvm
