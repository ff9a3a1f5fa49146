// A daemon that is reached by HTTPS.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm::client {

struct TlsDestination {
  std::string host;
  std::uint16_t port = 0;
  std::optional<std::string> certificateAuthority;  ///< a file in PEM; without one the system's
};

class TlsDialer {
public:
  virtual ~TlsDialer() = default;
  /// Errc::Usage for a file that cannot be used.
  static Result<std::shared_ptr<TlsDialer>> make(TlsDestination destination);
  /// Connects, shakes hands and checks the certificate's name. What is written to the socket goes through the TLS, what
  /// comes through it is read from there. Errc::Unreachable, or Errc::Permission for a certificate that is not trusted.
  virtual Result<UniqueFd> dial() = 0;
};

}  // namespace microvm::client
