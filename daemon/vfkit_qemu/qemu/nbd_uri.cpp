#include "daemon/vfkit_qemu/qemu/nbd_uri.hpp"

#include <fmt/core.h>

#include "daemon/runner/golang/url.hpp"
#include "daemon/runner/golang/values.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::string_view kUsualPort = "10809";

Error unusable(std::string_view uri, std::string_view why) {
  return Error{Errc::Invalid, fmt::format("nbd uri {} cannot be used: {}", uri, why), {}, {}};
}

/// The value of a member of a query, unescaped.
Result<std::string> queried(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.substr(0, pair.find('=')) != name || pair.size() == name.size()) continue;
    // An escaped path reads the same at the beginning of a URI.
    auto path = golang::parseRequestUri("x://" + std::string(pair.substr(name.size() + 1)));
    if (!path) return std::move(path).error();
    return path->path;
  }
  return std::string();
}

}  // namespace

Result<NbdUri> parseNbdUri(std::string_view uri) {
  const auto url = golang::parseRequestUri(uri);
  if (!url) return unusable(uri, url.error().detail);
  if (url->scheme == "nbds" || url->scheme == "nbds+unix")
    return unusable(uri, "vfkit-qemu speaks no TLS to block servers; use nbd through a tunnel of yours");
  NbdUri address;
  address.exportName = url->path.starts_with('/') ? url->path.substr(1) : url->path;
  if (url->scheme == "nbd") {
    address.host = std::string(url->hostname());
    address.port = std::string(url->port().empty() ? kUsualPort : url->port());
    if (address.host.empty()) return unusable(uri, "it names no host: nbd://HOST[:PORT]/EXPORT");
    if (!golang::parseDecimal(address.port, 16)) return unusable(uri, fmt::format("{} is no port", address.port));
    return address;
  }
  if (url->scheme != "nbd+unix") return unusable(uri, "it begins neither with nbd:// nor with nbd+unix://");
  auto socket = queried(url->query, "socket");
  if (!socket) return unusable(uri, socket.error().detail);
  if (!url->host.empty() || !socket->starts_with('/'))
    return unusable(uri, "it names no socket: nbd+unix:///EXPORT?socket=/ABSOLUTE/PATH");
  address.socket = *std::move(socket);
  return address;
}

}  // namespace microvm::vfkit_qemu
