#include "daemon/domain/device_rules.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/domain/mac.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr std::size_t kMostVolumes = 16;
constexpr std::size_t kMostShares = 16;
constexpr std::size_t kMostInterfaces = 8;
constexpr std::size_t kLongestSerial = 20;
constexpr std::size_t kLongestTag = 35;
constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kLeastVolume = kMiB;
constexpr std::uint64_t kMostVolume = 64 * 1024 * kGiB;

using Errors = std::vector<FieldError>;

/// Remembers who used a value first.
class Uses {
public:
  explicit Uses(std::string_view list) : list_(list) {}

  /// Notes a value that an earlier entry has.
  void add(const std::string& key, std::size_t index, std::string_view member, Errors& errors) {
    const auto [first, isNew] = first_.emplace(key, index);
    if (isNew) return;
    errors.push_back(
        {fmt::format("/spec/{}/{}/{}", list_, index, member),
         fmt::format("{} is used by {}/{} already; each needs its own", inQuotes(key), list_, first->second)});
  }

private:
  std::string_view list_;
  std::map<std::string, std::size_t> first_;
};

bool isFew(std::size_t count, std::size_t most, std::string_view list, Errors& errors) {
  if (count <= most) return true;
  errors.push_back({fmt::format("/spec/{}", list), fmt::format("has {} entries; at most {} are taken", count, most)});
  return false;
}

bool isSerial(std::string_view text) {
  return text.size() <= kLongestSerial && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

void checkVolumeSize(const Volume& volume, const std::string& pointer, Errors& errors) {
  if (!volume.size) {
    if (volume.autoCreate) errors.push_back({pointer + "/size", "is required with autoCreate; give one such as 8GiB"});
    return;
  }
  const std::uint64_t size = *volume.size;
  if (size < kLeastVolume || size > kMostVolume) {
    errors.push_back({pointer + "/size", fmt::format("{} is out of range; give {} to {}", formatSize(size),
                                                     formatSize(kLeastVolume), formatSize(kMostVolume))});
  } else if (size % kSector != 0) {
    errors.push_back({pointer + "/size", fmt::format("{} bytes are not whole sectors of {}; {} is the nearest below",
                                                     size, kSector, formatSize(size / kSector * kSector))});
  }
}

void checkVolume(const Volume& volume, const std::string& pointer, Errors& errors) {
  checkVolumeSize(volume, pointer, errors);
  if (volume.autoCreate && volume.readOnly) {
    errors.push_back(
        {pointer + "/readOnly", "a volume made by autoCreate is empty, and read-only it stays so; drop one"});
  }
  if (!isSerial(volume.serial)) {
    errors.push_back(
        {pointer + "/serial", fmt::format("{} cannot be a serial; use at most {} of A-Z, a-z, 0-9, ., _ and -",
                                          inQuotes(volume.serial), kLongestSerial)});
  }
}

std::string_view tagProblem(std::string_view tag) {
  if (tag.empty()) return "is empty; the guest mounts the share by its tag";
  if (tag.size() > kLongestTag) return "is too long; a tag has fewer than 36 bytes";
  if (hasControlCharacters(tag)) return "has a control character";
  if (!isUtf8(tag)) return "is not UTF-8";
  if (tag.find(',') != std::string_view::npos) return "has a comma, at which vfkit splits; use another character";
  return {};
}

}  // namespace

void checkVolumes(const std::vector<Volume>& volumes, Errors& errors) {
  if (!isFew(volumes.size(), kMostVolumes, "volumes", errors)) return;
  Uses images("volumes");
  Uses serials("volumes");
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const Volume& volume = volumes[i];
    const std::string pointer = fmt::format("/spec/volumes/{}", i);
    if (checkPath(volume.image, pointer + "/image", PathUse::Device, errors)) {
      images.add(std::filesystem::path(volume.image).lexically_normal().string(), i, "image", errors);
    }
    checkVolume(volume, pointer, errors);
    if (!volume.serial.empty()) serials.add(volume.serial, i, "serial", errors);
  }
}

void checkShares(const std::vector<Share>& shares, Errors& errors) {
  if (!isFew(shares.size(), kMostShares, "shares", errors)) return;
  Uses tags("shares");
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    const std::string pointer = fmt::format("/spec/shares/{}", i);
    const std::string_view problem = tagProblem(share.tag);
    if (problem.empty()) {
      tags.add(share.tag, i, "tag", errors);
    } else {
      errors.push_back({pointer + "/tag", fmt::format("{} {}", inQuotes(share.tag), problem)});
    }
    checkPath(share.source, pointer + "/source", PathUse::Device, errors);
  }
}

void checkInterfaces(const std::vector<Interface>& interfaces, Errors& errors) {
  if (!isFew(interfaces.size(), kMostInterfaces, "interfaces", errors)) return;
  Uses macs("interfaces");
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    if (interfaces[i].mac.empty()) continue;
    const Result<std::string> mac = normaliseMac(interfaces[i].mac);
    if (mac) {
      macs.add(*mac, i, "mac", errors);
    } else {
      errors.push_back({fmt::format("/spec/interfaces/{}/mac", i), mac.error().detail});
    }
  }
}

}  // namespace microvm
