// The service manager of this system.
#pragma once
#include "client/service/control.hpp"

namespace microvm::service {

std::unique_ptr<Control> makeControl(Host host);

}  // namespace microvm::service
