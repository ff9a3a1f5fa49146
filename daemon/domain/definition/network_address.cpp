#include "daemon/domain/definition/network_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>

namespace microvm {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::string_view kScheme = "http://";

bool isNumeric(int family, const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(family, host.c_str(), &ignored) == 1;
}

/// An address of IPv6 without its zone, which the host knows.
std::optional<std::string> hostOfSix(std::string_view text) {
  const auto zone = text.find('%');
  const bool hasEmptyZone = zone != std::string_view::npos && zone + 1 == text.size();
  if (hasEmptyZone || !isNumeric(AF_INET6, std::string(text.substr(0, zone)))) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> hostOf(std::string_view text) {
  if (text == "localhost") return "127.0.0.1";
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') return hostOfSix(text.substr(1, text.size() - 2));
  std::string host(text);
  if (!isNumeric(AF_INET, host)) return std::nullopt;
  return host;
}

std::optional<std::uint16_t> portOf(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

bool mayStandInTarget(char c) {
  return c > ' ' && c < 0x7f && c != '#';
}

}  // namespace

std::optional<NetworkAddress> parseNetworkAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = hostOf(text.substr(0, colon));
  const auto port = portOf(text.substr(colon + 1));
  if (!host || !port) return std::nullopt;
  return NetworkAddress{std::move(*host), *port};
}

std::optional<HttpAddress> parseHttpAddress(std::string_view url) {
  if (!url.starts_with(kScheme)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const auto end = std::min(url.find_first_of("/?#"), url.size());
  const auto authority = url.substr(0, end);
  std::string target(url.substr(end));
  if (!std::all_of(target.begin(), target.end(), mayStandInTarget)) return std::nullopt;
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  auto address = parseNetworkAddress(authority);
  if (!address) {
    auto host = hostOf(authority);
    if (!host) return std::nullopt;
    address = NetworkAddress{std::move(*host), kHttpPort};
  }
  return HttpAddress{std::move(*address), std::string(authority), std::move(target)};
}

}  // namespace microvm
