// Which boot of the host this is.
#pragma once
#include <string>

#include "api/core/result.hpp"

namespace microvm {

/// The same text until the host is booted again, and another one then.
Result<std::string> bootId();

}  // namespace microvm
