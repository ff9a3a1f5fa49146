// In which order VMs start with the host. Pure.
#pragma once
#include <string>
#include <vector>

#include "daemon/domain/vm.hpp"

namespace microvm {

/// Whether a VM is to start when the host has been booted: it has autostart, or its restart policy is `always` and
/// nobody had stopped it.
bool startsWithHost(const Vm& vm);

/// Their names: after all those that `autostart.startAfter` names, then by priority, higher first, then by name. Where
/// VMs wait for one another in a circle, the circle is cut at the one that would come first.
std::vector<std::string> startOrder(const std::vector<Definition>& definitions);

}  // namespace microvm
