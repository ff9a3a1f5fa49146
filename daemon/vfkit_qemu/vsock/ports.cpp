#include "daemon/vfkit_qemu/vsock/ports.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/core.h>

#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/runner/golang/url.hpp"
#include "daemon/vfkit_qemu/vsock/relay.hpp"

namespace microvm::vfkit_qemu {
namespace {

using Protocol = net::generic::stream_protocol;
using Acceptor = net::basic_socket_acceptor<Protocol>;

constexpr std::size_t kMaxConnections = 256;
constexpr Milliseconds kPauseAfterError{100};

struct Port {
  std::uint32_t number = 0;
  std::string socket;
  bool isForGuest = false;  ///< the guest connects
};

/// What may stand in the path of a URI as it is.
bool mayStandInPath(char c) {
  const bool isAlnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return isAlnum || std::string_view("-_.~!$&'()*+,;=:@/[]%").find(c) != std::string_view::npos;
}

std::string escapedPath(std::string_view path) {
  std::string escaped;
  for (char c : path)
    escaped += mayStandInPath(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return escaped;
}

}  // namespace

struct VsockPorts::Impl {
  Impl(net::any_io_executor on, VsockTransport& used, const Log& told)
      : executor(on), transport(used), log(told), tasks(on) {}

  net::any_io_executor executor;
  VsockTransport& transport;
  const Log& log;
  std::vector<std::string> made;  ///< sockets to be removed
  TaskGroup tasks;
};

namespace {

/// Whoever listens at a socket of the host.
template <class State>
Task<StreamSocket> dialHost(std::shared_ptr<State> state, std::string path) {
  net::local::stream_protocol::socket socket(state->executor);
  const net::local::stream_protocol::endpoint endpoint(path);
  auto [ec] = co_await socket.async_connect(endpoint, kToken);
  if (ec) co_return Error{Errc::Unreachable, fmt::format("cannot connect to {}: {}", path, ec.message()), {}, {}};
  co_return StreamSocket(std::move(socket));
}

template <class State>
Task<StreamSocket> dialGuest(std::shared_ptr<State> state, std::uint32_t port) {
  auto fd = state->transport.connect(port);
  if (!fd) co_return std::move(fd).error();
  StreamSocket socket(state->executor);
  boost::system::error_code ec;
  const auto family = socketFamily(fd->get());
  if (!family) co_return family.error();
  socket.assign(Protocol(*family, 0), fd->get(), ec);
  if (ec) co_return Error{Errc::Io, ec.message(), {}, {}};
  (void)fd->release();
  auto [waited] = co_await socket.async_wait(StreamSocket::wait_write, kToken);
  int failure = 0;
  socklen_t size = sizeof failure;
  ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &failure, &size);
  if (waited || failure != 0)
    co_return systemError(fmt::format("cannot connect to the guest's port {}", port), failure);
  co_return socket;
}

template <class State>
net::awaitable<void> serve(std::shared_ptr<State> state, Port port, StreamSocket accepted) {
  Result<StreamSocket> dialled;
  if (port.isForGuest) {
    std::string path = port.socket;
    dialled = co_await dialHost(state, std::move(path));
  } else {
    dialled = co_await dialGuest(state, port.number);
  }
  if (!dialled) {
    state->log.debug(dialled.error().detail);
    co_return;
  }
  StreamSocket other = *std::move(dialled);
  auto relayed = co_await relay(std::move(accepted), std::move(other));
  if (!relayed) state->log.debug(relayed.error().detail);
}

template <class State>
net::awaitable<void> acceptLoop(std::shared_ptr<State> state, std::shared_ptr<Acceptor> acceptor, Port port) {
  for (;;) {
    auto [ec, socket] = co_await acceptor->async_accept(kToken);
    if (ec == net::error::operation_aborted) co_return;
    if (ec || state->tasks.size() > kMaxConnections) {
      auto waited = co_await pause(kPauseAfterError);
      if (!waited) co_return;
      continue;
    }
    if (port.isForGuest && !state->transport.isFromGuest(socket.native_handle())) continue;
    auto work = serve(state, port, std::move(socket));
    state->tasks.spawn("vsock connection", std::move(work));
  }
}

template <class State>
Result<void> open(std::shared_ptr<State> state, const vfkit::Vsock& vsock) {
  auto path = vsockSocketPath(vsock);
  if (!path) return std::move(path).error();
  auto listener = vsock.listen ? state->transport.listen(vsock.port) : listenUnix(*path);
  if (!listener) return std::move(listener).error();
  if (!vsock.listen) state->made.push_back(*path);
  const auto family = socketFamily(listener->get());
  if (!family) return family.error();
  auto acceptor = std::make_shared<Acceptor>(state->executor);
  boost::system::error_code ec;
  acceptor->assign(Protocol(*family, 0), listener->get(), ec);
  if (ec) return Error{Errc::Io, ec.message(), {}, {}};
  (void)listener->release();
  state->tasks.spawn("vsock port", acceptLoop(state, acceptor, Port{vsock.port, *std::move(path), vsock.listen}));
  return {};
}

}  // namespace

VsockPorts::VsockPorts(net::any_io_executor executor, const std::vector<vfkit::Device>& devices,
                       VsockTransport& transport, const Log& log)
    : impl_(std::make_shared<Impl>(std::move(executor), transport, log)) {
  for (const vfkit::Device& device : devices) {
    const auto* vsock = std::get_if<vfkit::Vsock>(&device);
    if (vsock == nullptr || vsock->socketUrl.empty()) continue;
    log.info(fmt::format("Exposing vsock port {} on {}{}", vsock->port, vsock->socketUrl,
                         vsock->listen ? " (listening)" : ""));
    if (auto opened = open(impl_, *vsock); !opened)
      log.warn(fmt::format("error exposing vsock port {}: {}", vsock->port, opened.error().detail));
  }
}

VsockPorts::~VsockPorts() {
  impl_->tasks.cancel();
  for (const std::string& path : impl_->made)
    ::unlink(path.c_str());
}

Result<std::string> vsockSocketPath(const vfkit::Vsock& vsock) {
  const std::string& given = vsock.socketUrl;
  const std::string path = given.substr(0, given.find_first_of("?#"));
  if (!path.starts_with('/'))
    return Error{
        Errc::Invalid, fmt::format("the socket of vsock port {} is no absolute path: {}", vsock.port, given), {}, {}};
  auto url = golang::parseRequestUri("unix://" + path);
  if (!url) return std::move(url).error();
  return vsock.listen ? url->path : escapedPath(path);
}

}  // namespace microvm::vfkit_qemu
