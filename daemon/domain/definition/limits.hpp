// The numbers that validate() allows, for those who tell of them before it is asked.
#pragma once
#include <cstdint>

#include "api/core/size.hpp"

namespace microvm {

inline constexpr unsigned kMostCpus = 256;
inline constexpr std::uint64_t kLeastVolume = kMiB;
inline constexpr std::uint64_t kLeastConsoleSize = 64 * kKiB;
inline constexpr unsigned kMostConsoleSegments = 100;
inline constexpr unsigned kMostRestarts = 1000;
inline constexpr unsigned kLeastPixels = 64;
inline constexpr unsigned kMostPixels = 16'384;
inline constexpr unsigned kMostLooks = 100;  ///< of a probe

}  // namespace microvm
