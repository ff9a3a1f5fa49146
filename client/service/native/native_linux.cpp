#include "client/service/native/native.hpp"
#include "client/service/systemd/systemd_control.hpp"

namespace microvm::service {

std::unique_ptr<Control> makeControl(Host host) {
  return makeSystemdControl(std::move(host));
}

}  // namespace microvm::service
