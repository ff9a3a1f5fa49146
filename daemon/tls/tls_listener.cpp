#include "daemon/tls/tls_listener.hpp"

#include <array>
#include <openssl/x509v3.h>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "api/core/logging.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/async/timer.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm {
namespace {

namespace ssl = net::ssl;
using Tcp = net::ip::tcp;
using Plain = net::local::stream_protocol;

constexpr Milliseconds kHandshake{10'000};
constexpr Milliseconds kGoodbye{1'000};
constexpr Milliseconds kAcceptPause{100};
constexpr std::size_t kMostClients = 512;
constexpr std::size_t kPiece = 16 * 1024;

Error unusable(std::string detail, std::string hint) {
  return {Errc::Usage, std::move(detail), std::move(hint), {}};
}

/// One client: bytes go both ways until either side ends. Shared by its two directions.
struct Tunnel {
  Tunnel(Tcp::socket socket, ssl::context& context)
      : executor(socket.get_executor()), client(std::move(socket), context), plain(executor), out(executor) {}

  net::any_io_executor executor;
  ssl::stream<Tcp::socket> client;
  Plain::socket plain;
  TaskGroup out;  // the direction to the client
  std::array<char, kPiece> incoming{};
  std::array<char, kPiece> outgoing{};
};

using Shared = std::shared_ptr<Tunnel>;

/// While it lives: ends what waits for the client when the time is up.
class Bound {
public:
  Bound(Shared tunnel, Milliseconds span) : timer_(tunnel->executor, span) {
    timer_.async_wait([tunnel, over = over_](boost::system::error_code ec) {
      boost::system::error_code ignored;
      if (!ec && !*over) tunnel->client.lowest_layer().cancel(ignored);
    });
  }
  ~Bound() { *over_ = true; }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

private:
  Timer timer_;
  std::shared_ptr<bool> over_ = std::make_shared<bool>(false);  // shared with a handler that may be on its way
};

Task<void> shakeHands(Shared tunnel) {
  const Bound bound(tunnel, kHandshake);
  auto [ec] = co_await tunnel->client.async_handshake(ssl::stream_base::server, kToken);
  if (ec) co_return Error{Errc::Protocol, ec.message(), {}, {}};
  co_return Result<void>();
}

/// The server gets one end of the pair.
Result<void> connectPlain(Tunnel& tunnel, const TlsClientSink& sink, std::string address) {
  auto pair = makeSocketPair();
  if (!pair) return std::move(pair).error();
  for (const int end : {pair->ours.get(), pair->theirs.get()}) {
    if (auto set = setNonBlocking(end); !set) return set;
  }
  boost::system::error_code ec;
  tunnel.plain.assign(Plain(), pair->ours.release(), ec);
  if (ec) return systemError("cannot watch a socket", ec.value());
  if (!sink(std::move(pair->theirs), std::move(address))) return Error{Errc::Unavailable, "sent away", {}, {}};
  return {};
}

net::awaitable<void> pumpOut(Shared tunnel) {
  for (;;) {
    auto [ec, n] = co_await tunnel->plain.async_read_some(net::buffer(tunnel->outgoing), kToken);
    if (ec) break;
    auto piece = net::buffer(tunnel->outgoing, n);
    auto [failed, written] = co_await net::async_write(tunnel->client, piece, kToken);
    if (failed) break;
  }
  const Bound bound(tunnel, kGoodbye);
  co_await tunnel->client.async_shutdown(kToken);
  boost::system::error_code ignored;
  tunnel->client.lowest_layer().close(ignored);
}

net::awaitable<void> pumpIn(Shared tunnel) {
  for (;;) {
    auto [ec, n] = co_await tunnel->client.async_read_some(net::buffer(tunnel->incoming), kToken);
    if (ec) break;
    auto piece = net::buffer(tunnel->incoming, n);
    auto [failed, written] = co_await net::async_write(tunnel->plain, piece, kToken);
    if (failed) break;
  }
}

/// A client that ends its sending has gone: nobody who speaks HTTP over TLS does so and listens on.
net::awaitable<void> runTunnel(Shared tunnel, const TlsClientSink* sink, std::string address) {
  auto met = co_await shakeHands(tunnel);
  if (!met) {
    logDebug("no TLS with a client address={} reason=\"{}\"", address, met.error().detail);
    co_return;
  }
  if (auto connected = connectPlain(*tunnel, *sink, std::move(address)); !connected) co_return;
  tunnel->out.spawn("to the client", pumpOut(tunnel));
  co_await pumpIn(tunnel);
  boost::system::error_code ignored;
  tunnel->plain.close(ignored);
  co_await tunnel->out.join();
}

class Listener final : public TlsListener {
public:
  Listener(net::any_io_executor executor, ssl::context context)
      : context_(std::move(context)), acceptor_(executor), accepting_(executor), clients_(executor) {}

  Result<void> bind(const TlsSettings& settings) {
    boost::system::error_code ec;
    const auto address = net::ip::make_address(settings.address, ec);
    if (ec) return unusable(settings.address + " is no IP address", "write --listen tcp://127.0.0.1:8443");
    const Tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(Tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(net::socket_base::max_listen_connections, ec);
    if (!ec) return {};
    return systemError(fmt::format("cannot listen on {}:{}", settings.address, settings.port), ec.value());
  }

  void serve(TlsClientSink sink) override {
    sink_ = std::move(sink);
    accepting_.spawn("accept TLS", accept());
  }

  net::awaitable<void> stop(Milliseconds bound) override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accepting_.cancel();
    co_await accepting_.join();
    accepting_.spawn("drain bound", cancelLater(&clients_, bound));
    co_await clients_.join();
    accepting_.cancel();
    co_await accepting_.join();
  }

  [[nodiscard]] std::uint16_t port() const override {
    boost::system::error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

  [[nodiscard]] bool isNamed(const std::string& host) const override {
    X509* const certificate = ::SSL_CTX_get0_certificate(const_cast<ssl::context&>(context_).native_handle());
    return certificate != nullptr && (::X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1 ||
                                      ::X509_check_ip_asc(certificate, host.c_str(), 0) == 1);
  }

private:
  net::awaitable<void> accept() {
    for (;;) {
      auto [ec, client] = co_await acceptor_.async_accept(kToken);
      if (ec == net::error::operation_aborted || ec == net::error::bad_descriptor) co_return;
      if (ec) {
        logWarn("a TLS client could not be accepted reason=\"{}\"", ec.message());
        auto paused = co_await pause(kAcceptPause);
        if (!paused) co_return;
        continue;
      }
      admit(std::move(client));
    }
  }
  void admit(Tcp::socket client) {
    boost::system::error_code ec;
    const auto address = client.remote_endpoint(ec).address().to_string();
    if (ec || clients_.size() >= kMostClients) return;  // closed with it
    client.set_option(Tcp::no_delay(true), ec);
    auto tunnel = std::make_shared<Tunnel>(std::move(client), context_);
    clients_.spawn("TLS client", runTunnel(std::move(tunnel), &sink_, address));
  }
  static net::awaitable<void> cancelLater(TaskGroup* group, Milliseconds bound) {
    auto waited = co_await pause(bound);
    if (waited) group->cancel();
  }

  ssl::context context_;
  Tcp::acceptor acceptor_;
  TlsClientSink sink_;
  TaskGroup accepting_;
  TaskGroup clients_;
};

Result<ssl::context> contextOf(const TlsSettings& settings) {
  ssl::context context(ssl::context::tls_server);
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  boost::system::error_code ec;
  context.use_certificate_chain_file(settings.certificate, ec);
  if (ec) {
    return unusable(fmt::format("the certificate {} cannot be used: {}", settings.certificate, ec.message()),
                    "it is a file in PEM with the certificate first");
  }
  context.use_private_key_file(settings.key, ssl::context::pem, ec);
  if (ec) {
    return unusable(fmt::format("the key {} cannot be used: {}", settings.key, ec.message()),
                    "it is a file in PEM without a password, and the one that the certificate was made with");
  }
  return context;
}

}  // namespace

Result<std::unique_ptr<TlsListener>> TlsListener::open(net::any_io_executor executor, const TlsSettings& settings) {
  auto context = contextOf(settings);
  if (!context) return std::move(context).error();
  auto listener = std::make_unique<Listener>(std::move(executor), std::move(*context));
  if (auto bound = listener->bind(settings); !bound) return std::move(bound).error();
  return std::unique_ptr<TlsListener>(std::move(listener));
}

}  // namespace microvm
