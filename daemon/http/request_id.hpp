// The name of a request in answers and logs.
#pragma once
#include <string>

#include "api/http/message.hpp"

namespace microvm::http {

/// The client's X-Request-Id when it is 1 to 64 of [A-Za-z0-9._-], else a new random one.
std::string requestIdOf(const Headers& headers);

}  // namespace microvm::http
