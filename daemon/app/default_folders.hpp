// Where the daemon works when nobody says otherwise. One file per platform.
#pragma once
#include <string>

#include "daemon/app/options.hpp"

namespace microvm {

/// Errc::Usage when there is neither the platform's variable nor a home folder.
Result<std::string> defaultStateFolder(const Environment& environment);
std::string defaultRunFolder(const Environment& environment);

}  // namespace microvm
