// The whole API on one screen: an operation, its handler.
#pragma once
#include <span>

#include "daemon/http/router.hpp"

namespace microvm::http {

/// One row for each operation of api/wire/operations.hpp, in its order.
std::span<const Route> routes();

}  // namespace microvm::http
