// Which signs of readiness can be looked for. Each problem is noted with the member's JSON pointer.
#pragma once
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

/// Signs, how they are looked for, and what they need of the rest: a vsock port, a restart policy.
void checkReadiness(const Definition& definition, std::vector<FieldError>& errors);

}  // namespace microvm
