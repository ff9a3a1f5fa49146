// ISO 9660 (ECMA-119) with the Rock Ridge names of IEEE P1282, as far as a seed for cloud-init needs them.
#include "daemon/vfkit_qemu/devices/iso9660.hpp"

#include <cstdint>

namespace microvm::vfkit_qemu {
namespace {

constexpr std::size_t kSector = 2048;
/// Sixteen sectors of nothing, then two descriptors, the path tables, the folder, the files.
constexpr std::uint32_t kVolumeSector = 16;
constexpr std::uint32_t kLittlePathSector = 18;
constexpr std::uint32_t kBigPathSector = 19;
constexpr std::uint32_t kFolderSector = 20;
constexpr std::uint32_t kFilesSector = 21;
constexpr std::uint32_t kPathTableBytes = 10;
constexpr std::uint32_t kFolderMode = 0040555;
constexpr std::uint32_t kFileMode = 0100444;

std::uint32_t sectorsOf(std::size_t bytes) {
  return static_cast<std::uint32_t>((bytes + kSector - 1) / kSector);
}

/// Bytes one after the other, numbers in the standard's forms.
class Bytes {
public:
  Bytes& byte(unsigned value) {
    out_ += static_cast<char>(value);
    return *this;
  }
  Bytes& text(std::string_view value) {
    out_ += value;
    return *this;
  }
  /// Filled with spaces, as the standard's names are.
  Bytes& padded(std::string_view value, std::size_t length) {
    out_ += value.substr(0, length);
    out_.append(length - std::min(length, value.size()), ' ');
    return *this;
  }
  Bytes& zeros(std::size_t count) {
    out_.append(count, '\0');
    return *this;
  }
  Bytes& little(std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      byte(value >> (8 * i) & 0xff);
    return *this;
  }
  Bytes& big(std::uint32_t value, int bytes) {
    for (int i = bytes; i-- > 0;)
      byte(value >> (8 * i) & 0xff);
    return *this;
  }
  Bytes& both(std::uint32_t value, int bytes) { return little(value, bytes).big(value, bytes); }
  /// 1 January 2000, noon: no seed depends on when it was made.
  Bytes& date() { return text(std::string_view("\x64\x01\x01\x0c\x00\x00\x00", 7)); }

  Bytes& fillSector() { return zeros((kSector - out_.size() % kSector) % kSector); }
  [[nodiscard]] std::size_t size() const { return out_.size(); }
  std::string take() && { return std::move(out_); }

private:
  std::string out_;
};

/// Attributes of a POSIX file: mode, links, owner.
std::string posixEntry(std::uint32_t mode) {
  Bytes bytes;
  bytes.text("PX").byte(36).byte(1).both(mode, 4).both(1, 4).both(0, 4).both(0, 4);
  return std::move(bytes).take();
}

std::string nameEntry(const std::string& name) {
  Bytes bytes;
  bytes.text("NM").byte(static_cast<unsigned>(5 + name.size())).byte(1).byte(0).text(name);
  return std::move(bytes).take();
}

/// What says that such entries are used: in the folder's own record, before everything else.
std::string sharingEntry() {
  return std::string("SP\x07\x01\xbe\xef\x00", 7);
}

struct Extent {
  std::uint32_t sector;
  std::uint32_t bytes;
};

constexpr unsigned kIsFolder = 2;

/// A record of a folder; `name` in the standard's alphabet, `entries` the Rock Ridge ones.
std::string record(const Extent& extent, unsigned flags, const std::string& name, const std::string& entries) {
  const std::size_t fixed = 33 + name.size() + (name.size() % 2 == 0 ? 1 : 0);
  const std::size_t length = fixed + entries.size() + entries.size() % 2;
  Bytes bytes;
  bytes.byte(static_cast<unsigned>(length)).byte(0).both(extent.sector, 4).both(extent.bytes, 4).date();
  bytes.byte(flags).byte(0).byte(0).both(1, 2).byte(static_cast<unsigned>(name.size())).text(name);
  bytes.zeros(fixed - bytes.size()).text(entries).zeros(length - fixed - entries.size());
  return std::move(bytes).take();
}

/// For readers without Rock Ridge: capital letters and what they cannot read as "_".
std::string plainName(const std::string& name) {
  std::string plain;
  for (char c : name) {
    const bool isSmall = c >= 'a' && c <= 'z';
    const bool isKept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    plain += isSmall ? static_cast<char>(c - 'a' + 'A') : (isKept ? c : '_');
  }
  return plain + ".;1";
}

const std::string kSelf(1, '\0');
const std::string kParent(1, '\1');

std::string rootRecord(const std::string& name, const std::string& entries) {
  return record({kFolderSector, kSector}, kIsFolder, name, entries);
}

std::string volumeDescriptor(const std::string& volume, std::uint32_t sectors) {
  Bytes bytes;
  bytes.byte(1).text("CD001").byte(1).byte(0).padded("LINUX", 32).padded(volume, 32).zeros(8).both(sectors, 4);
  bytes.zeros(32).both(1, 2).both(1, 2).both(kSector, 2).both(kPathTableBytes, 4);
  bytes.little(kLittlePathSector, 4).zeros(4).big(kBigPathSector, 4).zeros(4);
  bytes.text(rootRecord(kSelf, {}));
  // The set, the publisher, the preparer, the application, and three files that explain them.
  bytes.padded("", 128).padded("", 128).padded("", 128).padded("MICROVM", 128).padded("", 37 * 3);
  // Created, changed, expires, effective: not told.
  for (int i = 0; i < 4; ++i)
    bytes.text("0000000000000000").byte(0);
  bytes.byte(1).byte(0).fillSector();
  return std::move(bytes).take();
}

std::string pathTable(bool isBig) {
  Bytes bytes;
  bytes.byte(1).byte(0);
  if (isBig)
    bytes.big(kFolderSector, 4).big(1, 2);
  else
    bytes.little(kFolderSector, 4).little(1, 2);
  bytes.byte(0).byte(0).fillSector();
  return std::move(bytes).take();
}

}  // namespace

std::string isoImage(const std::string& volume, const std::vector<IsoFile>& files) {
  Bytes folder;
  folder.text(rootRecord(kSelf, sharingEntry() + posixEntry(kFolderMode)));
  folder.text(rootRecord(kParent, posixEntry(kFolderMode)));
  std::uint32_t next = kFilesSector;
  for (const IsoFile& file : files) {
    const Extent extent{next, static_cast<std::uint32_t>(file.content.size())};
    folder.text(record(extent, 0, plainName(file.name), posixEntry(kFileMode) + nameEntry(file.name)));
    next += sectorsOf(file.content.size());
  }
  Bytes image;
  image.zeros(kVolumeSector * kSector).text(volumeDescriptor(volume, next));
  image.byte(255).text("CD001").byte(1).fillSector();
  image.text(pathTable(false)).text(pathTable(true)).text(std::move(folder.fillSector()).take());
  for (const IsoFile& file : files)
    image.text(file.content).fillSector();
  return std::move(image).take();
}

}  // namespace microvm::vfkit_qemu
