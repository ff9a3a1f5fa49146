// Not run on a Mac, only compiled.
#include "client/service/launchd/launchd_control.hpp"
#include "client/service/native/native.hpp"

namespace microvm::service {

std::unique_ptr<Control> makeControl(Host host) {
  return makeLaunchdControl(std::move(host));
}

}  // namespace microvm::service
