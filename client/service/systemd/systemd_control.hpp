// microvmd as units of a user (~/.config/systemd/user) or of the system (/etc/systemd/system), or as the units of a
// package, which are only switched on and off.
#pragma once
#include "client/service/control.hpp"

namespace microvm::service {

std::unique_ptr<Control> makeSystemdControl(Host host);

}  // namespace microvm::service
