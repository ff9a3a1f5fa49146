// --restful-uri.
#pragma once
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit {

/// The longest socket path that macOS takes; vfkit checks it everywhere.
inline constexpr std::size_t kMaxSocketPath = 103;

/// Reads the URI as Go does, then as vfkit does: unix with a path, tcp or http with host and port, or none. vfkit takes
/// "none:x" for an address and ends when it comes to listen there.
Result<RestAddress> parseRestAddress(std::string_view uri);

}  // namespace microvm::vfkit
