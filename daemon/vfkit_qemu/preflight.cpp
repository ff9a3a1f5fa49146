#include "daemon/vfkit_qemu/preflight.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <fmt/core.h>

#include "api/core/unique_fd.hpp"
#include "daemon/vfkit_qemu/qemu/device_arguments.hpp"
#include "daemon/vfkit_qemu/qemu/nbd_uri.hpp"

namespace microvm::vfkit_qemu {
namespace {

Error invalid(std::string detail) {
  return Error{Errc::Invalid, std::move(detail), {}, {}};
}

Error unsupported(std::string_view what, std::string_view why) {
  return invalid(fmt::format("{} is not supported by vfkit-qemu: {}", what, why));
}

Result<void> checkSerial(std::string_view serial, std::string_view disk) {
  constexpr std::size_t kMost = 20;
  if (serial.size() <= kMost) return {};
  return invalid(fmt::format("deviceId {} of {} is {} bytes long, {} at most", serial, disk, serial.size(), kMost));
}

struct DeviceCheck {
  Result<void> operator()(const vfkit::Disk& disk) const { return checkSerial(disk.deviceId, disk.path); }
  Result<void> operator()(const vfkit::Nbd& nbd) const {
    if (auto uri = parseNbdUri(nbd.uri); !uri) return std::move(uri).error();
    if (nbd.deviceId.empty() || nbd.deviceId.find('/') != std::string::npos)
      return invalid(fmt::format("nbd {} needs a deviceId without \"/\": \"{}\"", nbd.uri, nbd.deviceId));
    return checkSerial(nbd.deviceId, nbd.uri);
  }
  Result<void> operator()(const vfkit::Share&) const { return {}; }
  Result<void> operator()(const vfkit::Net& net) const {
    constexpr std::size_t kSixBytes = 17;
    constexpr std::string_view kEven = "02468ace";
    if (net.mac.empty() || (net.mac.size() == kSixBytes && kEven.find(net.mac[1]) != std::string_view::npos)) return {};
    return invalid(
        fmt::format("mac {} is not the address of one Ethernet interface: six bytes, the first even", net.mac));
  }
  Result<void> operator()(const vfkit::Vsock&) const { return {}; }
  Result<void> operator()(const vfkit::Serial&) const { return {}; }
  Result<void> operator()(const vfkit::Rng&) const { return {}; }
  Result<void> operator()(const vfkit::Balloon&) const { return {}; }
  Result<void> operator()(const vfkit::Gpu& gpu) const {
    constexpr std::int64_t kMost = 16384;
    if (gpu.width <= kMost && gpu.height <= kMost) return {};
    return invalid(fmt::format("virtio-gpu of {}x{} is too large, {}x{} at most", gpu.width, gpu.height, kMost, kMost));
  }
  Result<void> operator()(const vfkit::Input&) const { return {}; }
  Result<void> operator()(const vfkit::Rosetta& rosetta) const {
    if (rosetta.ignoreIfMissing) return {};
    return unsupported("rosetta", "it is a part of macOS; add ignore-if-missing to go on without");
  }
};

std::string reason(int error) {
  std::string text = std::strerror(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

/// A regular file that can be read. `what` is "kernel", "initial RAM disk".
Result<UniqueFd> openFile(std::string_view what, const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return invalid(fmt::format("invalid {} path: open {}: {}", what, path, reason(errno)));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return invalid(fmt::format("invalid {} path: {} is not a file", what, path));
  return file;
}

bool hasBytes(const std::string& head, std::size_t offset, std::string_view wanted) {
  return head.size() >= offset + wanted.size() && head.compare(offset, wanted.size(), wanted) == 0;
}

Result<void> checkKernel(const std::string& path, Architecture architecture) {
  const auto file = openFile("kernel", path);
  if (!file) return file.error();
  std::string head(2048, '\0');
  const ssize_t count = ::read(file->get(), head.data(), head.size());
  if (count < 0) return invalid(fmt::format("invalid kernel path: read {}: {}", path, reason(errno)));
  head.resize(static_cast<std::size_t>(count));
  if (architecture == Architecture::Arm64) {
    if (hasBytes(head, 0x38, "ARMd")) return {};
    if (hasBytes(head, 0, "\x1f\x8b") || hasBytes(head, 4, "zimg"))
      return invalid(fmt::format("kernel must be uncompressed, {} is a compressed file", path));
    return invalid(fmt::format("{} is not a Linux kernel image for arm64", path));
  }
  if (hasBytes(head, 0,
               "\x7f"
               "ELF") ||
      hasBytes(head, 0x202, "HdrS"))
    return {};
  return invalid(fmt::format("{} is not a Linux kernel for x86_64: neither a bzImage nor an ELF vmlinux", path));
}

struct Image {
  dev_t device;
  ino_t file;
  bool isWritten;
};

/// A disk that is written must have its image for itself.
Result<void> checkDisk(const vfkit::Disk& disk, std::vector<Image>& images) {
  struct stat info {};
  if (::stat(disk.path.c_str(), &info) != 0)
    return invalid(fmt::format("disk image {} cannot be used: {}", disk.path, reason(errno)));
  const bool isDevice = disk.type == "dev";
  if (isDevice && !S_ISBLK(info.st_mode)) return invalid(fmt::format("{} is not a block device", disk.path));
  if (!isDevice && !S_ISREG(info.st_mode))
    return invalid(fmt::format("disk image {} is not a file{}", disk.path,
                               S_ISBLK(info.st_mode) ? ": add type=dev for a block device" : ""));
  if (!disk.readOnly && ::access(disk.path.c_str(), W_OK) != 0)
    return invalid(fmt::format("disk image {} cannot be written: {}", disk.path, reason(errno)));
  for (const Image& other : images)
    if (other.device == info.st_dev && other.file == info.st_ino && (other.isWritten || !disk.readOnly))
      return invalid(fmt::format("disk image {} is given twice, and not readonly each time", disk.path));
  images.push_back({info.st_dev, info.st_ino, !disk.readOnly});
  return {};
}

Result<void> checkShare(const vfkit::Share& share, std::set<std::string>& tags) {
  struct stat info {};
  if (::stat(share.folder.c_str(), &info) != 0)
    return invalid(fmt::format("cannot share {}: {}", share.folder, reason(errno)));
  if (!S_ISDIR(info.st_mode)) return invalid(fmt::format("cannot share {}: it is not a folder", share.folder));
  const std::string tag = tagOf(share);
  if (tag.empty() || tag.size() >= 36)
    return invalid(fmt::format("mountTag \"{}\" of {} must have 1 to 35 bytes", tag, share.folder));
  if (!tags.insert(tag).second) return invalid(fmt::format("two shared folders have the mountTag {}", tag));
  return {};
}

}  // namespace

Result<void> checkSupported(const vfkit::Options& options) {
  if (std::holds_alternative<vfkit::MacosBoot>(options.bootloader))
    return unsupported("the macos bootloader", "macOS guests need a Mac");
  for (const vfkit::Device& device : options.devices) {
    auto checked = std::visit(DeviceCheck{}, device);
    if (!checked) return checked;
  }
  return {};
}

Result<void> checkFiles(const vfkit::Options& options, Architecture architecture) {
  if (options.cpus == 0) return invalid("a machine needs at least one CPU: --cpus 0");
  if (options.memoryMiB == 0) return invalid("a machine needs memory: --memory 0");
  if (const auto* boot = std::get_if<vfkit::LinuxBoot>(&options.bootloader)) {
    if (auto kernel = checkKernel(boot->kernel, architecture); !kernel) return kernel;
    if (auto initrd = openFile("initial RAM disk", boot->initrd); !initrd) return initrd.error();
  }
  std::set<std::string> tags;
  std::vector<Image> images;
  for (const vfkit::Device& device : options.devices) {
    Result<void> checked;
    if (const auto* share = std::get_if<vfkit::Share>(&device)) checked = checkShare(*share, tags);
    if (const auto* disk = std::get_if<vfkit::Disk>(&device)) checked = checkDisk(*disk, images);
    if (!checked) return checked;
  }
  return {};
}

}  // namespace microvm::vfkit_qemu
