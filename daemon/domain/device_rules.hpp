// Which shares, interfaces and other devices a definition may carry. Each problem is noted with the member's JSON
// pointer.
#pragma once
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

/// Rosetta's tag is one of the shares' tags.
void checkShares(const std::vector<Share>& shares, const Rosetta& rosetta, std::vector<FieldError>& errors);
void checkInterfaces(const std::vector<Interface>& interfaces, std::vector<FieldError>& errors);
void checkGraphics(const Graphics& graphics, std::vector<FieldError>& errors);
/// The vsock ports, and those that timesync and ignition use.
void checkVsock(const Definition& definition, std::vector<FieldError>& errors);

}  // namespace microvm
