#include "client/transport/endpoint.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "client/transport/ssh_dialer.hpp"
#include "client/transport/tls_dialer.hpp"

namespace microvm::client {
namespace {

constexpr std::uint16_t kHttpsPort = 8443;

struct Authority {
  std::string user;
  std::string host;
  std::optional<std::uint16_t> port;
};

std::optional<std::uint16_t> parsePort(std::string_view text) {
  const bool isNumber = !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == text.npos;
  if (!isNumber) return std::nullopt;
  const auto port = std::stoul(std::string(text));
  if (port == 0 || port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

/// A word that no program takes for an option.
bool isPlain(std::string_view text) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:%";
  return !text.empty() && !text.starts_with('-') && text.find_first_not_of(kAllowed) == text.npos;
}

/// "[USER@]HOST[:PORT]", an IPv6 address in brackets.
std::optional<Authority> parseAuthority(std::string_view text) {
  Authority authority;
  if (text.ends_with('/')) text.remove_suffix(1);
  if (const auto at = text.find('@'); at != text.npos) {
    authority.user = text.substr(0, at);
    if (!isPlain(authority.user)) return std::nullopt;
    text.remove_prefix(at + 1);
  }
  const bool isBracketed = text.starts_with('[');
  const auto end = isBracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == text.npos) return std::nullopt;
  authority.host = text.substr(isBracketed ? 1 : 0, end - (isBracketed ? 1 : 0));
  text.remove_prefix(std::min(end + (isBracketed ? 1 : 0), text.size()));
  if (!isPlain(authority.host)) return std::nullopt;
  if (text.empty()) return authority;
  authority.port = parsePort(text.substr(1));
  if (text.front() != ':' || !authority.port) return std::nullopt;
  return authority;
}

Error unusable(const std::string& address) {
  return Error{Errc::Usage,
               fmt::format("\"{}\" is no address of a daemon", address),
               "write it as unix:///run/user/1000/microvm/api.sock, ssh://user@mac or https://mac.example:8443",
               {}};
}

Result<Endpoint> sshEndpoint(const std::string& address, const RemoteSettings& settings) {
  const auto authority = parseAuthority(std::string_view(address).substr(6));
  if (!authority) return unusable(address);
  SshDestination destination{authority->user, authority->host, authority->port, settings.sshProgram};
  auto dialer = std::make_shared<SshDialer>(std::move(destination));  // shared by the copies of the connector
  Endpoint endpoint;
  endpoint.name = address;
  endpoint.connect = [dialer] { return dialer->dial(); };
  return endpoint;
}

Result<Endpoint> httpsEndpoint(const std::string& address, const RemoteSettings& settings) {
  const auto authority = parseAuthority(std::string_view(address).substr(8));
  if (!authority || !authority->user.empty()) return unusable(address);
  const auto port = authority->port.value_or(kHttpsPort);
  auto dialer = TlsDialer::make(TlsDestination{authority->host, port, settings.certificateAuthority});
  if (!dialer) return std::move(dialer).error();
  const bool isV6 = authority->host.find(':') != std::string::npos;
  Endpoint endpoint;
  endpoint.name = address;
  endpoint.connect = [dialer = *dialer] { return dialer->dial(); };
  endpoint.host = fmt::format(fmt::runtime(isV6 ? "[{}]:{}" : "{}:{}"), authority->host, port);
  endpoint.token = settings.token;
  return endpoint;
}

}  // namespace

Endpoint unixEndpoint(std::string path) {
  Endpoint endpoint;
  endpoint.connect = http::unixConnector(path);
  endpoint.name = std::move(path);
  return endpoint;
}

Result<Endpoint> parseEndpoint(const std::string& address, const RemoteSettings& settings) {
  if (address.starts_with("ssh://")) return sshEndpoint(address, settings);
  if (address.starts_with("https://")) return httpsEndpoint(address, settings);
  const auto path = address.starts_with("unix://") ? address.substr(7) : address;
  if (!path.starts_with('/')) return unusable(address);
  return unixEndpoint(path);
}

}  // namespace microvm::client
