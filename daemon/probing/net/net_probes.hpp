// Probes by real connections.
#pragma once
#include <memory>

#include "daemon/probing/probes.hpp"

namespace microvm {

std::unique_ptr<Probes> makeNetProbes();

}  // namespace microvm
