// What a kernel's file really is, by its first bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "daemon/domain/capabilities/record.hpp"

namespace microvm {

/// As many bytes as are looked at.
inline constexpr std::size_t kKernelHead = 4096;

/// Program: an ELF file that wants a dynamic linker, which no kernel does.
enum class KernelFormat { Image, BzImage, Elf, Program, Compressed, CompressedEfi, Efi, Unknown };

struct KernelImage {
  KernelFormat format = KernelFormat::Unknown;
  std::optional<Architecture> architecture;
  std::string_view compression;  ///< "gzip", "zstd", "lz4", "xz", "bzip2", "lzma", "lzo"
  bool operator==(const KernelImage&) const = default;
};

KernelImage identifyKernel(std::string_view head);
/// "a gzip-compressed file", "an x86-64 bzImage".
std::string describeKernel(const KernelImage& image);

/// Why a runner cannot boot it and what to do, if it cannot.
std::optional<std::string> kernelProblem(const KernelImage& image, const std::string& path,
                                         const CapabilityRecord& record);

}  // namespace microvm
