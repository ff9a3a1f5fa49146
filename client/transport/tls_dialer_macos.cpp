// macOS has no OpenSSL. Not run on a Mac, only compiled.
#include "client/transport/tls_dialer.hpp"

namespace microvm::client {

Result<std::shared_ptr<TlsDialer>> TlsDialer::make(TlsDestination destination) {
  return Error{Errc::Usage,
               "microvmctl has no TLS on macOS, so it does not reach https://" + destination.host,
               "reach that daemon over SSH: --host ssh://USER@" + destination.host,
               {}};
}

}  // namespace microvm::client
