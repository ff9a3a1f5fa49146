// --restful-uri.
#pragma once
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit {

/// The longest socket path that macOS takes; vfkit checks it everywhere.
inline constexpr std::size_t kMaxSocketPath = 103;

/// Reads the URI as Go's url.ParseRequestURI does ("%" escapes are decoded, "?" ends the path, "#" is text), then as
/// vfkit does: unix with an absolute path, tcp or http with host and port, or exactly "none://".
Result<RestAddress> parseRestAddress(std::string_view uri);

}  // namespace microvm::vfkit
