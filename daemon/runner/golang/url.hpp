// URIs as Go's net/url reads them from a request.
#pragma once
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::golang {

/// The parts that somebody here asks for, all but the query without escapes. A user's name before the host is checked
/// and dropped.
struct Url {
  std::string scheme;  ///< lower case; empty for a path alone
  std::string host;    ///< with the port, if any: "localhost:80", "[::1]:80"
  std::string path;
  std::string query;  ///< what follows "?", as it is

  /// The digits behind the host; empty when there are none.
  [[nodiscard]] std::string_view port() const;
  /// The host without port and brackets.
  [[nodiscard]] std::string_view hostname() const;
};

/// url.ParseRequestURI: absolute, "#" is text. Errc::Usage with Go's words.
Result<Url> parseRequestUri(std::string_view uri);

}  // namespace microvm::golang
