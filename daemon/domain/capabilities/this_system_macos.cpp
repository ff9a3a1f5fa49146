#include "daemon/domain/capabilities/this_system.hpp"

namespace microvm {

HostSystem thisSystem() {
  return HostSystem::Macos;
}

}  // namespace microvm
