#include "client/cli/doctor/host.hpp"

namespace microvm::doctor {

Platform ownPlatform() {
  return Platform::Linux;
}

}  // namespace microvm::doctor
