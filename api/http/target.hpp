// A request target taken apart: decoded path segments and decoded query members.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::http {

struct Target {
  std::string path;                                        ///< still encoded, without the query: "/v1/vms/web"
  std::vector<std::string> segments;                       ///< decoded: {"v1", "vms", "web"}; empty for "/"
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in their order

  /// The first value of that name, or nothing.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

/// Errc::Malformed for a bad percent sequence, a NUL, an encoded slash, an empty, "." or ".." segment, or more than 32
/// segments or query members. A "+" is a plus, not a blank.
Result<Target> parseTarget(std::string_view target);

/// Everything but [A-Za-z0-9._~-] as %XX: what a client puts into a path segment or a query value.
std::string percentEncode(std::string_view text);

}  // namespace microvm::http
