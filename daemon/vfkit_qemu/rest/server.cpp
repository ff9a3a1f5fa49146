#include "daemon/vfkit_qemu/rest/server.hpp"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/core.h>

#include "daemon/process/unix_socket.hpp"
#include "daemon/runner/golang/values.hpp"
#include "daemon/vfkit_qemu/rest/routes.hpp"

namespace microvm::vfkit_qemu {
namespace {

struct Listening {
  UniqueFd fd;
  int port = 0;
};

Error bindError(std::string_view network, std::string_view address, std::string_view reason) {
  return Error{Errc::Io, fmt::format("listen {} {}: bind: {}", network, address, reason), {}, {}};
}

Result<Listening> listenAtPath(const std::string& path) {
  auto fd = listenUnix(path);
  if (!fd) {
    const bool inUse = fd.error().code == Errc::InUse;
    return bindError("unix", path, inUse ? "address already in use" : fd.error().detail);
  }
  Listening listening;
  listening.fd = *std::move(fd);
  return listening;
}

/// An empty host means every interface, as in Go.
Result<net::ip::tcp::endpoint> resolve(net::any_io_executor executor, const vfkit::RestAddress& address) {
  const auto number = golang::parseDecimal(address.port, 16);
  if (!number) return Error{Errc::Io, fmt::format("listen tcp: address {}: invalid port", address.port), {}, {}};
  const auto port = static_cast<unsigned short>(*number);
  if (address.host.empty()) return net::ip::tcp::endpoint(net::ip::tcp::v6(), port);
  boost::system::error_code ec;
  net::ip::tcp::resolver resolver(executor);
  const auto found = resolver.resolve(address.host, address.port, net::ip::tcp::resolver::passive, ec);
  if (ec || found.empty()) return bindError("tcp", address.host + ":" + address.port, ec.message());
  return found.begin()->endpoint();
}

Result<Listening> listenAtPort(net::any_io_executor executor, const vfkit::RestAddress& address) {
  const auto endpoint = resolve(executor, address);
  if (!endpoint) return endpoint.error();
  boost::system::error_code ec;
  net::ip::tcp::acceptor acceptor(executor);
  acceptor.open(endpoint->protocol(), ec);
  if (!ec) acceptor.set_option(net::ip::tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(*endpoint, ec);
  if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
  if (ec) return bindError("tcp", address.host + ":" + address.port, ec.message());
  Listening listening;
  listening.port = acceptor.local_endpoint(ec).port();
  listening.fd = UniqueFd(acceptor.release(ec));
  return listening;
}

}  // namespace

RestServer::~RestServer() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<std::unique_ptr<RestServer>> RestServer::open(net::any_io_executor executor, const vfkit::RestAddress& address,
                                                     Machine& machine, HttpServer::Date date) {
  std::unique_ptr<RestServer> server;
  if (address.kind == vfkit::RestKind::None) return server;
  if (address.kind == vfkit::RestKind::Nowhere)
    return Error{Errc::Io, "--restful-uri names no place to listen at; only the exact text none:// means none", {}, {}};
  auto listening = address.kind == vfkit::RestKind::Unix ? listenAtPath(address.path) : listenAtPort(executor, address);
  if (!listening) return std::move(listening).error();
  auto http = HttpServer::start(
      executor, std::move(listening->fd),
      [&machine](http::Request request) { return answer(machine, std::move(request)); }, std::move(date));
  if (!http) return std::move(http).error();
  server.reset(new RestServer(*std::move(http), address.path, listening->port));
  return server;
}

}  // namespace microvm::vfkit_qemu
