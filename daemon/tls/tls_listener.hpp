// HTTPS from afar: the TLS of a TCP port is taken off here, and what is inside goes through a socket pair, so that the
// server sees the same connections as on its own socket.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

struct TlsSettings {
  std::string address;  ///< an IP address; "::" for all
  std::uint16_t port = 0;
  std::string certificate;  ///< a file: the certificate, then those that lead to its authority
  std::string key;          ///< a file
};

/// What the server makes of a client: `plain` speaks HTTP, `address` is where it comes from. False sends it away.
using TlsClientSink = std::function<bool(UniqueFd plain, std::string address)>;

class TlsListener {
public:
  virtual ~TlsListener() = default;
  /// Binds the port. Errc::Usage for an address or a file that cannot be used.
  static Result<std::unique_ptr<TlsListener>> open(net::any_io_executor executor, const TlsSettings& settings);

  /// Starts to accept. Clients that do not finish their handshake in ten seconds are cut.
  virtual void serve(TlsClientSink sink) = 0;
  /// Accepts no more and ends what is left after the bound.
  virtual net::awaitable<void> stop(Milliseconds bound) = 0;
  /// The one that was bound, where the settings left it open.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Whether the certificate is for this name or address.
  [[nodiscard]] virtual bool isNamed(const std::string& host) const = 0;
};

}  // namespace microvm
