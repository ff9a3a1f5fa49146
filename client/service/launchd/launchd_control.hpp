// microvmd as an agent of a user (~/Library/LaunchAgents), or as a daemon of the system (/Library/LaunchDaemons).
#pragma once
#include "client/service/control.hpp"

namespace microvm::service {

std::unique_ptr<Control> makeLaunchdControl(Host host);

}  // namespace microvm::service
