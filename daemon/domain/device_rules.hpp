// Which volumes, shares and interfaces a definition may carry. Each problem is noted with the member's JSON pointer.
#pragma once
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

void checkVolumes(const std::vector<Volume>& volumes, std::vector<FieldError>& errors);
void checkShares(const std::vector<Share>& shares, std::vector<FieldError>& errors);
void checkInterfaces(const std::vector<Interface>& interfaces, std::vector<FieldError>& errors);

}  // namespace microvm
