// Which disks a definition may carry. Each problem is noted with the member's JSON pointer.
#pragma once
#include <cstdint>
#include <vector>

#include "api/core/error.hpp"
#include "api/core/size.hpp"
#include "daemon/domain/definition/boot.hpp"
#include "daemon/domain/definition/volume.hpp"

namespace microvm {

inline constexpr std::uint64_t kLargestVolume = 64 * 1024 * kGiB;

/// The volumes, and that none of them is what the firmware keeps its variables in.
void checkVolumes(const std::vector<Volume>& volumes, const Boot& boot, std::vector<FieldError>& errors);

}  // namespace microvm
