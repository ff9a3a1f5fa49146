#include "daemon/domain/capabilities/kernel_image.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {

namespace {

constexpr std::uint16_t kElfAmd64 = 0x3e;
constexpr std::uint16_t kElfArm64 = 0xb7;
constexpr std::uint16_t kPeAmd64 = 0x8664;
constexpr std::uint16_t kPeArm64 = 0xaa64;

struct Magic {
  std::string_view bytes;
  std::string_view compression;
  std::string_view unpack;  ///< the program that writes to standard output
};

constexpr std::array<Magic, 8> kMagics{{
    {"\x1f\x8b", "gzip", "gzip -dc"},
    {"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
    {{"\x04\x22\x4d\x18", 4}, "lz4", "lz4 -dc"},
    {"\x02\x21\x4c\x18", "lz4", "lz4 -dc"},
    {{"\xfd\x37\x7a\x58\x5a\x00", 6}, "xz", "xz -dc"},
    {"BZh", "bzip2", "bzip2 -dc"},
    {{"\x5d\x00\x00", 3}, "lzma", "xz -dc --format=lzma"},
    {{"\x89\x4c\x5a\x4f\x00", 5}, "lzo", "lzop -dc"},
}};

bool hasBytes(std::string_view head, std::size_t offset, std::string_view wanted) {
  return head.size() >= offset + wanted.size() && head.substr(offset, wanted.size()) == wanted;
}

std::uint32_t number(std::string_view head, std::size_t offset, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes; i > 0 && offset + bytes <= head.size(); --i)
    value = value << 8 | static_cast<unsigned char>(head[offset + i - 1]);
  return value;
}

std::optional<Architecture> architectureOf(std::uint32_t machine, std::uint32_t amd64, std::uint32_t arm64) {
  if (machine == amd64) return Architecture::Amd64;
  if (machine == arm64) return Architecture::Arm64;
  return std::nullopt;
}

/// A program for EFI firmware; a compressed kernel of arm64 may be wrapped in one.
KernelImage identifyEfi(std::string_view head) {
  constexpr std::size_t kCompression = 24;
  const std::uint32_t header = number(head, 0x3c, 4);
  KernelImage image{KernelFormat::Efi, {}, {}};
  if (hasBytes(head, header, std::string_view("PE\0\0", 4))) {
    image.architecture = architectureOf(number(head, header + 4, 2), kPeAmd64, kPeArm64);
  }
  if (!hasBytes(head, 4, "zimg")) return image;
  image.format = KernelFormat::CompressedEfi;
  for (const Magic& magic : kMagics) {
    if (hasBytes(head, kCompression, magic.compression)) image.compression = magic.compression;
  }
  return image;
}

/// One of its program headers names the dynamic linker (ELF-64, little-endian).
bool wantsLinker(std::string_view elf) {
  constexpr std::uint32_t kInterpreter = 3;
  const std::size_t first = number(elf, 32, 4);
  const std::size_t size = number(elf, 54, 2);
  const std::size_t count = number(elf, 56, 2);
  for (std::size_t i = 0; i < count && first + i * size < elf.size(); ++i) {
    if (number(elf, first + i * size, 4) == kInterpreter) return true;
  }
  return false;
}

std::string_view unpackerOf(std::string_view compression) {
  for (const Magic& magic : kMagics) {
    if (magic.compression == compression) return magic.unpack;
  }
  return "";
}

std::string_view nameOf(Architecture architecture) {
  return architecture == Architecture::Arm64 ? "arm64" : "x86-64";
}

std::string unpackSentence(const KernelImage& image, const std::string& path) {
  if (image.format == KernelFormat::CompressedEfi) {
    return fmt::format(
        "take the distribution's uncompressed Image, or cut the payload out with the kernel's "
        "scripts/extract-vmlinux and unpack it{}",
        image.compression.empty() ? "" : fmt::format(" with {}", unpackerOf(image.compression)));
  }
  return fmt::format("unpack it: {} {} > {}", unpackerOf(image.compression), shellWord(path),
                     shellWord(path + ".unpacked"));
}

bool isBootable(const KernelImage& image, Architecture host, RunnerKind runner) {
  if (host == Architecture::Arm64) return image.format == KernelFormat::Image;
  const bool isElf = image.format == KernelFormat::Elf && image.architecture == host;
  return image.format == KernelFormat::BzImage || (isElf && runner == RunnerKind::Qemu);
}

}  // namespace

KernelImage identifyKernel(std::string_view head) {
  if (hasBytes(head, 0x38, "ARMd")) return {KernelFormat::Image, Architecture::Arm64, {}};
  if (hasBytes(head, 0x202, "HdrS")) return {KernelFormat::BzImage, Architecture::Amd64, {}};
  if (hasBytes(head, 0, "MZ")) return identifyEfi(head);
  if (hasBytes(head, 0,
               "\x7f"
               "ELF")) {
    const auto format = wantsLinker(head) ? KernelFormat::Program : KernelFormat::Elf;
    return {format, architectureOf(number(head, 18, 2), kElfAmd64, kElfArm64), {}};
  }
  for (const Magic& magic : kMagics) {
    if (hasBytes(head, 0, magic.bytes)) return {KernelFormat::Compressed, {}, magic.compression};
  }
  return {};
}

std::string describeKernel(const KernelImage& image) {
  const std::string architecture = image.architecture ? fmt::format(" for {}", nameOf(*image.architecture)) : "";
  switch (image.format) {
    case KernelFormat::Image:
      return "an uncompressed Image" + architecture;
    case KernelFormat::BzImage:
      return "a bzImage" + architecture;
    case KernelFormat::Elf:
      return "an ELF file" + architecture;
    case KernelFormat::Program:
      return "a program" + architecture;
    case KernelFormat::Compressed:
      return fmt::format("a file compressed with {}", image.compression);
    case KernelFormat::CompressedEfi:
      return fmt::format("an EFI program{} with a kernel compressed{} in it", architecture,
                         image.compression.empty() ? "" : fmt::format(" with {}", image.compression));
    case KernelFormat::Efi:
      return "an EFI program" + architecture;
    case KernelFormat::Unknown:
      break;
  }
  return "no kernel that is known here";
}

std::optional<std::string> kernelProblem(const KernelImage& image, const std::string& path,
                                         const CapabilityRecord& record) {
  const Architecture host = record.target.host.architecture;
  if (isBootable(image, host, record.target.runner)) return std::nullopt;
  const std::string what = fmt::format("{} is {}", path, describeKernel(image));
  if (image.architecture && *image.architecture != host) {
    return fmt::format("{}, and the host is {}: {}", what, nameOf(host),
                       refusalOf(record.at(Feature::GuestOtherArchitecture)));
  }
  const bool isCompressed = image.format == KernelFormat::Compressed || image.format == KernelFormat::CompressedEfi;
  if (isCompressed) {
    const Capability& row = record.at(Feature::BootCompressedKernel);
    const std::string why = row.support == Support::No ? row.why : "the kernel must be a bzImage";
    return fmt::format("{}: {}; {}", what, why, unpackSentence(image, path));
  }
  return fmt::format("{}; give {}", what,
                     host == Architecture::Arm64 ? "the uncompressed Image of an arm64 kernel"
                                                 : "the bzImage of an x86-64 kernel, such as /boot/vmlinuz");
}

}  // namespace microvm
