#pragma once
#include "daemon/domain/capabilities/target.hpp"

namespace microvm {

/// The system that this program was built for.
HostSystem thisSystem();

}  // namespace microvm
