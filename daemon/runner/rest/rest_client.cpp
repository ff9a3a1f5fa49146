#include "daemon/runner/rest/rest_client.hpp"

#include <array>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "api/http/codec.hpp"
#include "daemon/async/timer.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm {
namespace {

using boost::system::error_code;

/// Shared with the timer's handler, which may be queued when the exchange is over.
struct Line {
  explicit Line(const net::any_io_executor& executor) : socket(executor), timer(executor) {}

  Error failure(const error_code& ec) const {
    if (isExpired) return Error{Errc::Timeout, "the runner does not answer in time", {}, {}};
    if (ec == net::error::operation_aborted) return Error{Errc::Cancelled, "the request was given up", {}, {}};
    return Error{Errc::Unreachable, "the connection to the runner was lost: " + ec.message(), {}, {}};
  }

  net::local::stream_protocol::socket socket;
  Timer timer;
  bool isExpired = false;
};

Result<void> connect(Line& line, const std::string& path) {
  auto socket = connectUnix(path, Milliseconds(0));  // a Unix socket connects at once or not at all
  if (!socket) return std::move(socket).error();
  error_code ec;
  line.socket.assign(net::local::stream_protocol(), socket->release(), ec);
  if (ec) return systemError("cannot watch a socket", ec.value());
  return {};
}

void startTimer(const std::shared_ptr<Line>& line, Milliseconds limit) {
  line->timer.expires_after(limit);
  line->timer.async_wait([line](error_code ec) {
    if (ec) return;
    line->isExpired = true;
    error_code ignored;
    line->socket.close(ignored);  // not cancel(): an operation that begins after this must end too
  });
}

Task<http::Response> readResponse(std::shared_ptr<Line> line) {
  http::ResponseParser parser;
  std::array<char, 4096> buffer;
  while (true) {
    const auto into = net::buffer(buffer);
    auto [ec, n] = co_await line->socket.async_read_some(into, kToken);
    if (ec && ec != net::error::eof) co_return line->failure(ec);
    std::string_view input(buffer.data(), n);
    if (ec && !parser.isHeadDone()) co_return line->failure(ec);
    auto progress = ec ? parser.finish() : parser.feed(input);
    if (!progress) {
      auto error = std::move(progress).error();
      error.code = Errc::Protocol;
      co_return error;
    }
    if (*progress == http::Progress::Done) co_return parser.take();
    if (ec) co_return line->failure(ec);
  }
}

/// krunkit ends its answers with a NUL.
void dropTrailingNuls(http::Response& response) {
  response.body.resize(response.body.find_last_not_of('\0') + 1);
}

}  // namespace

net::awaitable<Exchange> exchange(std::string socketPath, http::Request request, Milliseconds limit) {
  const auto executor = co_await net::this_coro::executor;
  const auto line = std::make_shared<Line>(executor);
  Exchange out;
  if (auto connected = connect(*line, socketPath); !connected) {
    out.response = std::move(connected).error();
    co_return out;
  }
  startTimer(line, limit);
  const auto text = http::serialize(request);
  const auto from = net::buffer(text);
  auto [ec, n] = co_await net::async_write(line->socket, from, kToken);
  if (ec) {
    out.response = line->failure(ec);
  } else {
    out.reached = ExchangeEnd::Sent;
    out.response = co_await readResponse(line);
    if (out.response) dropTrailingNuls(*out.response);
  }
  line->timer.cancel();
  co_return out;
}

}  // namespace microvm
