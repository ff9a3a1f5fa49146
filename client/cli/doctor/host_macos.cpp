#include "client/cli/doctor/host.hpp"

namespace microvm::doctor {

Platform ownPlatform() {
  return Platform::MacOs;
}

}  // namespace microvm::doctor
