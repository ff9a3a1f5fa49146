// macOS has no OpenSSL, and what it has instead Asio does not speak: docs/adr/0008-tls.md. Not run on a Mac, only
// compiled.
#include "daemon/tls/tls_listener.hpp"

namespace microvm {

Result<std::unique_ptr<TlsListener>> TlsListener::open(net::any_io_executor, const TlsSettings& settings) {
  return Error{Errc::Usage,
               "microvmd has no TLS on macOS, so it does not listen on " + settings.address + " either",
               "reach it over SSH instead: microvmctl --host ssh://USER@HOST, which needs nothing of the daemon",
               {}};
}

}  // namespace microvm
