#include "daemon/runner/vfkit/rest_address.hpp"

#include <fmt/core.h>

#include "daemon/runner/golang/url.hpp"
#include "daemon/runner/vfkit/usage_error.hpp"

namespace microvm::vfkit {
namespace {

Result<RestAddress> unixAddress(const golang::Url& url) {
  if (url.path.empty()) return usage("invalid unix uri: missing path");
  if (!url.host.empty()) return usage("invalid unix uri: host is forbidden");
  if (url.path.size() > kMaxSocketPath)
    return usage(
        fmt::format("invalid unix uri: socket path length exceeds macOS limits: {} is {} bytes long, {} at most",
                    url.path, url.path.size(), kMaxSocketPath));
  return RestAddress{RestKind::Unix, url.path, {}, {}};
}

Result<RestAddress> tcpAddress(const golang::Url& url) {
  if (url.host.empty()) return usage("invalid TCP uri: missing host");
  if (!url.path.empty()) return usage("invalid TCP uri: path is forbidden");
  if (url.port().empty()) return usage("invalid TCP uri: missing port");
  return RestAddress{RestKind::Tcp, {}, std::string(url.hostname()), std::string(url.port())};
}

}  // namespace

Result<RestAddress> parseRestAddress(std::string_view uri) {
  if (uri == "none://") return RestAddress{};
  const auto url = golang::parseRequestUri(uri);
  if (!url) return url.error();
  if (url->scheme == "unix") return unixAddress(*url);
  if (url->scheme == "tcp" || url->scheme == "http") return tcpAddress(*url);
  if (url->scheme == "none") return RestAddress{RestKind::Nowhere, {}, {}, {}};
  return usage(fmt::format("invalid scheme {}", url->scheme));
}

}  // namespace microvm::vfkit
