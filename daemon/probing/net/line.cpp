#include "daemon/probing/net/line.hpp"

#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "daemon/process/unix_socket.hpp"

namespace microvm {
namespace {

using Protocol = net::generic::stream_protocol;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 4096;

}  // namespace

struct Line::State {
  explicit State(const net::any_io_executor& executor) : socket(executor), timer(executor) {}

  Error failure(std::string_view what, const error_code& ec) const {
    if (isExpired) return Error{Errc::Timeout, fmt::format("no answer within {}", formatDuration(span)), {}, {}};
    if (ec == net::error::operation_aborted) return Error{Errc::Cancelled, "the look was given up", {}, {}};
    return Error{Errc::Unreachable, fmt::format("{}: {}", what, ec.message()), {}, {}};
  }

  Protocol::socket socket;
  Timer timer;
  Milliseconds span{0};
  bool isExpired = false;
  std::array<char, kReadBytes> buffer{};
};

Line::Line(const net::any_io_executor& executor) : state_(std::make_shared<State>(executor)) {}

Line::~Line() {
  state_->timer.cancel();
  error_code ignored;
  state_->socket.close(ignored);
}

void Line::limit(Milliseconds span) {
  state_->span = span;
  state_->timer.expires_after(span);
  auto onExpiry = [state = state_](error_code ec) {
    if (ec) return;
    state->isExpired = true;
    error_code ignored;
    state->socket.close(ignored);  // not cancel(): an operation that begins after this must end too
  };
  state_->timer.async_wait(std::move(onExpiry));
}

bool Line::isExpired() const {
  return state_->isExpired;
}

Result<void> Line::connect(const std::string& path) {
  auto socket = connectUnix(path, Milliseconds(0));
  if (!socket) return std::move(socket).error();
  error_code ec;
  state_->socket.assign(Protocol(AF_UNIX, 0), socket->get(), ec);
  if (ec) return systemError("cannot watch a socket", ec.value());
  (void)socket->release();
  return {};
}

Task<void> Line::connect(NetworkAddress address) {
  const auto state = state_;
  error_code ec;
  const auto ip = net::ip::make_address(address.host, ec);
  if (ec) co_return Error{Errc::Unreachable, fmt::format("{}: {}", address.host, ec.message()), {}, {}};
  const Protocol::endpoint endpoint(net::ip::tcp::endpoint(ip, address.port));
  auto [failed] = co_await state->socket.async_connect(endpoint, kToken);
  if (failed) co_return state->failure("cannot connect", failed);
  co_return Result<void>();
}

Task<void> Line::write(std::string text) {
  const auto state = state_;
  const auto from = net::buffer(text);
  auto [ec, n] = co_await net::async_write(state->socket, from, kToken);
  if (ec) co_return state->failure("cannot send", ec);
  co_return Result<void>();
}

Task<std::string_view> Line::read() {
  const auto state = state_;
  const auto into = net::buffer(state->buffer);
  auto [ec, n] = co_await state->socket.async_read_some(into, kToken);
  if (ec && ec != net::error::eof) co_return state->failure("the connection was lost", ec);
  co_return std::string_view(state->buffer.data(), n);
}

}  // namespace microvm
