// How a VM may be looked after. Each problem is noted with the member's JSON pointer.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/error.hpp"
#include "api/core/size.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

inline constexpr std::uint64_t kLargestConsoleSegment = kGiB;

/// Console, stop, restart and autostart.
void checkPolicies(const Definition& definition, std::vector<FieldError>& errors);

}  // namespace microvm
