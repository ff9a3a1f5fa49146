// A daemon that is reached by SSH: nothing is needed there but microvmctl.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/spawn.hpp"

namespace microvm::client {

struct SshDestination {
  std::string user;  ///< empty: ssh decides
  std::string host;
  std::optional<std::uint16_t> port;
  std::string program = "ssh";
};

/// The words of its command line.
std::vector<std::string> sshArguments(const SshDestination& destination);

/// Owns the ssh processes of the connections that it made; they end with it at the latest.
class SshDialer {
public:
  explicit SshDialer(SshDestination destination) : destination_(std::move(destination)) {}
  /// Starts "ssh HOST microvmctl system dial-stdio"; the socket is its standard input and output. What ssh asks and
  /// says goes to the terminal.
  Result<UniqueFd> dial();

private:
  SshDestination destination_;
  std::vector<Child> children_;
};

}  // namespace microvm::client
