// Amounts of memory and disk, in bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

/// "512MiB", "8GiB", "64KiB", "1TiB", or a bare number of bytes. Errc::Invalid names the text and the form wanted.
Result<std::uint64_t> parseSize(std::string_view text);

/// The shortest exact form that parseSize reads back: 536870912 is "512MiB", 1000 is "1000".
std::string formatSize(std::uint64_t bytes);

}  // namespace microvm
