// Which disks a definition may carry. Each problem is noted with the member's JSON pointer.
#pragma once
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/definition/volume.hpp"

namespace microvm {

void checkVolumes(const std::vector<Volume>& volumes, std::vector<FieldError>& errors);

}  // namespace microvm
