// Where a daemon is, and how to get there.
#pragma once
#include <optional>
#include <string>

#include "api/core/result.hpp"
#include "api/http/unix_client.hpp"

namespace microvm::client {

struct Endpoint {
  std::string name;              ///< for people: the socket's path, or the address
  http::Connector connect;       ///< a new connection each time
  std::string host = "microvm";  ///< what goes into the header Host
  std::string token{};           ///< goes along with every request, if there is one
};

/// A daemon of this machine.
Endpoint unixEndpoint(std::string path);

/// What is beside an address: settings of the user's.
struct RemoteSettings {
  std::string sshProgram = "ssh";
  std::string token;                                  ///< for https
  std::optional<std::string> certificateAuthority{};  ///< a file, instead of the system's authorities
};

/// "unix:///path", "/path", "ssh://[USER@]HOST[:PORT]", "https://HOST[:PORT]". Nothing is connected yet. Errc::Usage
/// for any other form, and where an address cannot be reached from here.
Result<Endpoint> parseEndpoint(const std::string& address, const RemoteSettings& settings);

}  // namespace microvm::client
