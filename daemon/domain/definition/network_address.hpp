// Where a probe connects to over IP.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace microvm {

/// A number or "localhost": names would have to be looked up, which takes as long as it likes.
struct NetworkAddress {
  std::string host;  ///< without brackets; localhost is 127.0.0.1
  std::uint16_t port = 0;
  bool operator==(const NetworkAddress&) const = default;
};

/// "192.168.64.5:22", "[fe80::1%en0]:22", "localhost:80".
std::optional<NetworkAddress> parseNetworkAddress(std::string_view text);

struct HttpAddress {
  NetworkAddress address;
  std::string authority;  ///< as written, for the Host header
  std::string target;     ///< path and query
  bool operator==(const HttpAddress&) const = default;
};

/// "http://192.168.64.5:8080/healthz"; without a port 80, without a path "/". No user, no fragment.
std::optional<HttpAddress> parseHttpAddress(std::string_view url);

}  // namespace microvm
