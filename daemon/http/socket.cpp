#include "daemon/http/socket.hpp"

#include <array>
#include <poll.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "daemon/async/timer.hpp"

namespace microvm::http {
namespace {

using Clock = AwakeClock;
using Protocol = net::local::stream_protocol;

Error failure(const char* what, const boost::system::error_code& ec, bool expired) {
  if (expired) return {Errc::Timeout, "the client was too slow", {}, {}};
  if (ec == net::error::operation_aborted) return {Errc::Cancelled, "the connection was given up", {}, {}};
  return systemError(what, ec.value());
}

bool hasHungUp(int fd) {
  pollfd entry{fd, 0, 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace

struct Socket::State : std::enable_shared_from_this<Socket::State> {
  State(net::any_io_executor executor, UniqueFd fd) : socket(executor, Protocol(), fd.release()), timer(executor) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
  }

  /// The timer is armed again only when it fires or when the new deadline is earlier: a busy connection whose deadline
  /// moves on with every request costs nothing.
  void arm() {
    if (armed && timer.expiry() <= deadline) return;
    armed = true;
    timer.expires_at(deadline);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
      auto self = weak.lock();
      if (!ec && self) self->onTimer();
    });
  }
  void onTimer() {
    armed = false;
    if (deadline == Clock::time_point::max()) return;
    if (Clock::now() < deadline) return arm();
    expired = true;
    boost::system::error_code ignored;
    socket.cancel(ignored);
  }

  Protocol::socket socket;
  Timer timer;
  Clock::time_point deadline = Clock::time_point::max();
  bool armed = false;
  bool expired = false;
  bool waitsForHangUp = false;
  std::array<char, 16 * 1024> buffer;
};

Socket::Socket(net::any_io_executor executor, UniqueFd fd)
    : state_(std::make_shared<State>(std::move(executor), std::move(fd))) {}

void Socket::setDeadline(Milliseconds span) {
  state_->deadline = Clock::now() + span;
  state_->expired = false;
  state_->arm();
}

void Socket::clearDeadline() {
  state_->deadline = Clock::time_point::max();
  state_->expired = false;
}

Task<std::string_view> Socket::read() {
  auto state = state_;
  if (state->expired) co_return failure("", {}, true);
  auto buffer = net::buffer(state->buffer);
  auto [ec, n] = co_await state->socket.async_read_some(buffer, kToken);
  if (ec == net::error::eof || ec == net::error::connection_reset) co_return std::string_view();
  if (ec) co_return failure("cannot read from the client", ec, state->expired);
  co_return std::string_view(state->buffer.data(), n);
}

/// What the peer has room for is written at once: most answers fit, and then nobody has to be woken up for them. In
/// parts, not by net::async_write: a deadline that comes while a finished part waits for its turn has nothing to
/// cancel, so it is asked for before each.
Task<void> Socket::write(std::string bytes) {
  auto state = state_;
  for (std::string_view rest = bytes; !rest.empty();) {
    if (state->expired) co_return failure("", {}, true);
    auto buffer = net::buffer(rest);
    boost::system::error_code ec;
    rest.remove_prefix(state->socket.write_some(buffer, ec));
    if (!ec) continue;
    if (ec != net::error::would_block) co_return failure("cannot write to the client", ec, state->expired);
    auto [failed, n] = co_await state->socket.async_write_some(buffer, kToken);
    if (failed) co_return failure("cannot write to the client", failed, state->expired);
    rest.remove_prefix(n);
  }
  co_return Result<void>();
}

Task<void> Socket::waitHangUp() {
  auto state = state_;
  // The reactor tells changes only, so what is already so is asked for first; and now and then it tells what was so of
  // another socket.
  while (!hasHungUp(state->socket.native_handle())) {
    state->waitsForHangUp = true;
    auto [ec] = co_await state->socket.async_wait(Protocol::socket::wait_error, kToken);
    state->waitsForHangUp = false;
    if (ec) co_return failure("cannot watch the client", ec, false);
  }
  co_return Result<void>();
}

void Socket::endHangUpWait() {
  if (state_->waitsForHangUp) cancel();
}

void Socket::cancel() {
  boost::system::error_code ignored;
  state_->socket.cancel(ignored);
}

void Socket::finishSending() {
  boost::system::error_code ignored;
  state_->socket.shutdown(Protocol::socket::shutdown_send, ignored);
}

int Socket::fd() const {
  return state_->socket.native_handle();
}

}  // namespace microvm::http
