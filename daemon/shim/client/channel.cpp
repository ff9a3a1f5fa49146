#include "daemon/shim/client/channel.hpp"

#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "daemon/async/timer.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/shim/client/records.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kGreetingLimit{5000};
constexpr std::size_t kFirstReadBytes = 2 * 1024;  // two channels of every running VM hear a word now and then
constexpr std::size_t kMostReadBytes = 64 * 1024;

}  // namespace

struct Channel::State {
  explicit State(const net::any_io_executor& executor) : socket(executor), timer(executor), buffer(kFirstReadBytes) {}

  Error failure(const boost::system::error_code& ec) const {
    if (isExpired) return Error{Errc::Timeout, "the shim does not answer in time", {}, {}};
    if (ec == net::error::operation_aborted) return Error{Errc::Cancelled, "the wait was given up", {}, {}};
    return Error{Errc::Unreachable, "the connection to the shim ended: " + ec.message(), {}, {}};
  }

  net::local::stream_protocol::socket socket;
  Timer timer;
  std::vector<char> buffer;  // grows while it is filled
  FrameReader reader;
  bool isExpired = false;
};

Channel::Channel(std::shared_ptr<State> state) : state_(std::move(state)) {}

Channel::~Channel() {
  state_->timer.cancel();
  boost::system::error_code ignored;
  state_->socket.close(ignored);
}

void Channel::setDeadline(Milliseconds limit) {
  state_->timer.expires_after(limit);
  auto onExpiry = [state = state_](boost::system::error_code ec) {
    if (ec) return;
    state->isExpired = true;
    boost::system::error_code ignored;
    state->socket.close(ignored);  // not cancel(): an operation that begins after this must end too
  };
  state_->timer.async_wait(std::move(onExpiry));
}

void Channel::clearDeadline() {
  state_->timer.cancel();
}

Task<std::unique_ptr<Channel>> Channel::open(std::string path) {
  const auto executor = co_await net::this_coro::executor;
  auto socket = connectUnix(path, Milliseconds(0));  // a Unix socket connects at once or not at all
  if (!socket) co_return std::move(socket).error();
  auto state = std::make_shared<State>(executor);
  boost::system::error_code ec;
  state->socket.assign(net::local::stream_protocol(), socket->release(), ec);
  if (ec) co_return systemError("cannot watch a socket", ec.value());
  auto channel = std::make_unique<Channel>(std::move(state));
  channel->setDeadline(kGreetingLimit);
  auto greeted = co_await channel->greet();
  if (!greeted) co_return std::move(greeted).error();
  channel->clearDeadline();
  co_return channel;
}

Task<void> Channel::greet() {
  std::string versions;
  putU16(versions, kLowestVersion);
  putU16(versions, kHighestVersion);
  auto answer = co_await ask(FrameType::Hello, std::move(versions), FrameType::HelloAnswer);
  if (!answer) co_return std::move(answer).error();
  std::string_view payload = *answer;
  const auto chosen = takeU16(payload);
  if (!chosen || *chosen < kLowestVersion || *chosen > kHighestVersion) {
    co_return Error{Errc::Protocol, "the shim speaks a version that was not offered", {}, {}};
  }
  version_ = *chosen;
  co_return Result<void>();
}

Task<Frame> Channel::read() {
  const auto state = state_;
  while (true) {
    auto next = state->reader.next();
    if (!next) co_return std::move(next).error();
    if (*next) co_return std::move(**next);
    const auto into = net::buffer(state->buffer);
    auto [ec, n] = co_await state->socket.async_read_some(into, kToken);
    if (ec) co_return state->failure(ec);
    state->reader.append(std::string_view(state->buffer.data(), n));
    if (n == state->buffer.size() && n < kMostReadBytes) state->buffer.resize(n * 2);
  }
}

Task<void> Channel::write(FrameType type, std::string payload) {
  const auto state = state_;
  const auto frame = encodeFrame(type, payload);
  const auto from = net::buffer(frame);
  auto [ec, n] = co_await net::async_write(state->socket, from, kToken);
  if (ec) co_return state->failure(ec);
  co_return Result<void>();
}

Task<std::string> Channel::ask(FrameType request, std::string payload, FrameType answer) {
  auto written = co_await write(request, std::move(payload));
  if (!written) co_return std::move(written).error();
  auto frame = co_await read();
  if (!frame) co_return std::move(frame).error();
  if (frame->type == FrameType::Error) co_return parseError(frame->payload);
  if (frame->type != answer) co_return Error{Errc::Protocol, "the shim answered something else", {}, {}};
  co_return std::move(frame->payload);
}

}  // namespace microvm::shim
