#include "client/transport/tls_dialer.hpp"

#include <array>
#include <cerrno>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm::client {
namespace {

constexpr int kConnectLimit = 10'000;  // milliseconds
constexpr int kHandshakeLimit = 10'000;
constexpr std::size_t kPiece = 16 * 1024;

using Context = std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&::SSL_free)>;

std::string lastTlsError() {
  std::array<char, 256> text{};
  const auto code = ::ERR_get_error();
  if (code == 0) return "the other side hung up";
  ::ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

bool waitFor(int fd, short events, int limit) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, limit) > 0;
}

Error unreachable(const TlsDestination& destination, const std::string& why) {
  return {Errc::Unreachable, fmt::format("cannot reach {}:{}: {}", destination.host, destination.port, why), {}, {}};
}

/// Closed by exec.
Result<UniqueFd> openSocket(int family) {
  UniqueFd socket(::socket(family, SOCK_STREAM, 0));
  if (!socket) return systemError("cannot make a socket", errno);
  if (auto set = setCloseOnExec(socket.get()); !set) return std::move(set).error();
  if (auto set = setNonBlocking(socket.get()); !set) return std::move(set).error();
  return socket;
}

/// One address after the other, until one answers.
Result<UniqueFd> connectTcp(const TlsDestination& destination) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(destination.port);
  if (const int failed = ::getaddrinfo(destination.host.c_str(), port.c_str(), &wanted, &found); failed != 0) {
    return unreachable(destination, ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  int failure = ETIMEDOUT;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    auto socket = openSocket(each->ai_family);
    if (!socket) continue;
    if (::connect(socket->get(), each->ai_addr, each->ai_addrlen) == 0) return socket;
    failure = errno;
    if (failure != EINPROGRESS || !waitFor(socket->get(), POLLOUT, kConnectLimit)) continue;
    socklen_t size = sizeof failure;
    ::getsockopt(socket->get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure == 0) return socket;
  }
  return unreachable(destination, systemError("", failure).detail);
}

/// What a step of OpenSSL waits for; 0 when it will not come.
short wantedBy(SSL* session, int result) {
  switch (::SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ:
      return POLLIN;
    case SSL_ERROR_WANT_WRITE:
      return POLLOUT;
    default:
      return 0;
  }
}

/// Between the TLS and our end of the pair, until either side ends. A thread of its own: its session is nobody else's.
class Pump {
public:
  Pump(Session session, UniqueFd network, UniqueFd plain)
      : session_(std::move(session)), network_(std::move(network)), plain_(std::move(plain)) {}

  void run() {
    while (passOut() && passIn()) {
      const int fromNetwork = toPlain_.empty() ? POLLIN : 0;
      const int fromPlain = toNetwork_.empty() ? POLLIN : 0;
      std::array<pollfd, 2> entries{
          pollfd{network_.get(), static_cast<short>(fromNetwork | (toNetwork_.empty() ? 0 : POLLOUT)), 0},
          pollfd{plain_.get(), static_cast<short>(fromPlain | (toPlain_.empty() ? 0 : POLLOUT)), 0}};
      if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) break;
    }
    ::SSL_shutdown(session_.get());
  }

private:
  bool passOut() {
    while (true) {
      if (toNetwork_.empty()) {
        std::array<char, kPiece> piece{};
        const auto got = ::recv(plain_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
        if (got < 0) return true;
        toNetwork_.assign(piece.data(), static_cast<std::size_t>(got));
      }
      const int put = ::SSL_write(session_.get(), toNetwork_.data(), static_cast<int>(toNetwork_.size()));
      if (put <= 0) return wantedBy(session_.get(), put) != 0;
      toNetwork_.erase(0, static_cast<std::size_t>(put));
    }
  }
  bool passIn() {
    while (true) {
      if (toPlain_.empty()) {
        std::array<char, kPiece> piece{};
        const int got = ::SSL_read(session_.get(), piece.data(), static_cast<int>(piece.size()));
        if (got <= 0) return wantedBy(session_.get(), got) != 0;
        toPlain_.assign(piece.data(), static_cast<std::size_t>(got));
      }
      const auto put = ::send(plain_.get(), toPlain_.data(), toPlain_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN || errno == EINTR;
      toPlain_.erase(0, static_cast<std::size_t>(put));
    }
  }

  Session session_;
  UniqueFd network_;
  UniqueFd plain_;
  std::string toNetwork_;
  std::string toPlain_;
};

class OpenSslDialer final : public TlsDialer {
public:
  OpenSslDialer(TlsDestination destination, Context context)
      : destination_(std::move(destination)), context_(std::move(context)) {}
  OpenSslDialer(const OpenSslDialer&) = delete;
  OpenSslDialer& operator=(const OpenSslDialer&) = delete;
  /// Every socket that was given out has been closed by then.
  ~OpenSslDialer() override {
    for (auto& pump : pumps_)
      pump.join();
  }

  Result<UniqueFd> dial() override {
    auto network = connectTcp(destination_);
    if (!network) return network;
    auto session = shakeHands(network->get());
    if (!session) return std::move(session).error();
    auto pair = makeSocketPair();
    if (!pair) return std::move(pair).error();
    for (const int end : {pair->ours.get(), pair->theirs.get()}) {
      if (auto set = setNonBlocking(end); !set) return std::move(set).error();
    }
    auto pump = std::make_shared<Pump>(std::move(*session), std::move(*network), std::move(pair->theirs));
    pumps_.emplace_back([pump] { pump->run(); });
    return std::move(pair->ours);
  }

private:
  Result<Session> shakeHands(int network) {
    Session session(::SSL_new(context_.get()), &::SSL_free);
    const auto& host = destination_.host;
    ::SSL_set_fd(session.get(), network);
    ::SSL_set_tlsext_host_name(session.get(), host.c_str());
    if (::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(session.get()), host.c_str()) != 1) {
      ::SSL_set1_host(session.get(), host.c_str());
    }
    ::ERR_clear_error();
    int result = 0;
    while ((result = ::SSL_connect(session.get())) != 1) {
      const short wanted = wantedBy(session.get(), result);
      if (wanted != 0 && waitFor(network, wanted, kHandshakeLimit)) continue;
      const auto verdict = ::SSL_get_verify_result(session.get());
      if (verdict == X509_V_OK) return unreachable(destination_, wanted != 0 ? "no answer" : lastTlsError());
      return Error{
          Errc::Permission,
          fmt::format("the certificate of {} is not trusted: {}", host, ::X509_verify_cert_error_string(verdict)),
          "MICROVM_CA_FILE names a file with the authority that made it",
          {}};
    }
    return session;
  }

  TlsDestination destination_;
  Context context_;
  std::vector<std::thread> pumps_;
};

}  // namespace

Result<std::shared_ptr<TlsDialer>> TlsDialer::make(TlsDestination destination) {
  Context context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const auto& file = destination.certificateAuthority;
  const int trusted = file ? ::SSL_CTX_load_verify_locations(context.get(), file->c_str(), nullptr)
                           : ::SSL_CTX_set_default_verify_paths(context.get());
  if (trusted != 1) {
    return Error{Errc::Usage,
                 fmt::format("the certificates in {} cannot be used: {}", file.value_or("the system"), lastTlsError()),
                 {},
                 {}};
  }
  std::shared_ptr<TlsDialer> dialer = std::make_shared<OpenSslDialer>(std::move(destination), std::move(context));
  return dialer;
}

}  // namespace microvm::client
