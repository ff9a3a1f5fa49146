#include "daemon/vfkit_qemu/rest/http_server.hpp"

#include <array>
#include <chrono>
#include <ctime>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include "api/http/codec.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/descriptor.hpp"

namespace microvm::vfkit_qemu {
namespace {

using Protocol = net::generic::stream_protocol;
using Socket = Protocol::socket;
using Clock = std::chrono::steady_clock;
using Acceptor = net::basic_socket_acceptor<Protocol>;

constexpr std::size_t kMaxConnections = 64;
constexpr Milliseconds kPauseAfterError{100};
constexpr std::chrono::seconds kMessageLimit{10};
constexpr std::chrono::minutes kIdleLimit{5};

/// Closes the socket when a message does not come in time. Armed anew for each phase.
class Deadline {
public:
  explicit Deadline(Socket& socket) : socket_(std::make_shared<Socket*>(&socket)), timer_(socket.get_executor()) {}
  ~Deadline() { *socket_ = nullptr; }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void arm(std::chrono::seconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([this, socket = socket_](boost::system::error_code ec) {
      if (!ec && *socket != nullptr) expire();
    });
  }
  void disarm() { timer_.expires_at(Clock::time_point::max()); }

private:
  /// A handler may have been queued before the deadline was moved.
  void expire() {
    if (timer_.expiry() > Clock::now()) return;
    boost::system::error_code ignored;
    (*socket_)->close(ignored);
  }

  std::shared_ptr<Socket*> socket_;  // shared with the timer's handler, which may be queued when the connection ends
  net::steady_timer timer_;
};

}  // namespace

struct HttpServer::Impl {
  Impl(net::any_io_executor executor, Handler answering, Date clock)
      : handler(std::move(answering)), date(std::move(clock)), acceptor(executor), tasks(executor) {}

  Handler handler;
  Date date;
  Acceptor acceptor;
  TaskGroup tasks;
};

namespace {

Task<http::Request> readRequest(Socket& socket, Deadline& deadline, std::string& unread) {
  http::Limits limits;
  limits.bodyBytes = 64 * 1024;
  http::RequestParser parser(limits);
  std::array<char, 4096> buffer{};
  deadline.arm(kIdleLimit);
  for (;;) {
    std::string_view input = unread;
    auto progress = parser.feed(input);
    unread = std::string(input);
    if (!progress) co_return std::move(progress).error();
    if (*progress == http::Progress::Done) co_return parser.take();
    auto [ec, count] = co_await socket.async_read_some(net::buffer(buffer), kToken);
    if (ec) co_return Error{Errc::Cancelled, ec.message(), {}, {}};
    if (!parser.hasStarted()) deadline.arm(kMessageLimit);
    unread.append(buffer.data(), count);
  }
}

/// What Go's server says to bytes that are no request.
http::Response unreadable(const Error& error) {
  http::Response response;
  response.status = error.code == Errc::TooLarge ? 431 : 400;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = fmt::format("{} {}", response.status, http::reasonPhrase(response.status));
  response.keepAlive = false;
  return response;
}

Task<http::Response> respond(HttpServer::Handler& handler, HttpServer::Date& date, http::Request request) {
  const bool keepAlive = request.keepAlive;
  auto answered = co_await handler(std::move(request));
  if (!answered) co_return std::move(answered).error();
  answered->headers.set("Date", date());
  answered->keepAlive = keepAlive;
  co_return answered;
}

/// The server's state is shared: it outlives the server for as long as a connection's frame does.
template <class State>
net::awaitable<void> serve(std::shared_ptr<State> state, Socket socket) {
  std::string unread;
  Deadline deadline(socket);
  for (bool keepAlive = true; keepAlive;) {
    auto request = co_await readRequest(socket, deadline, unread);
    deadline.disarm();
    Result<http::Response> response;
    if (request) {
      auto message = *std::move(request);
      response = co_await respond(state->handler, state->date, std::move(message));
      if (!response) co_return;
    } else {
      if (request.error().code == Errc::Cancelled) co_return;
      response = unreadable(request.error());
    }
    keepAlive = response->keepAlive;
    const std::string bytes = http::serialize(*response);
    deadline.arm(kMessageLimit);
    auto [ec, count] = co_await net::async_write(socket, net::buffer(bytes), kToken);
    deadline.disarm();
    if (ec) co_return;
  }
}

template <class State>
net::awaitable<void> acceptLoop(std::shared_ptr<State> state) {
  for (;;) {
    auto [ec, socket] = co_await state->acceptor.async_accept(kToken);
    if (ec == net::error::operation_aborted) co_return;
    if (ec || state->tasks.size() > kMaxConnections) {
      auto waited = co_await pause(kPauseAfterError);
      if (!waited) co_return;
      continue;
    }
    auto work = serve(state, std::move(socket));
    state->tasks.spawn("http connection", std::move(work));
  }
}

}  // namespace

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->tasks.cancel();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(net::any_io_executor executor, UniqueFd listener, Handler handler,
                                                      Date date) {
  const auto family = socketFamily(listener.get());
  if (!family) return family.error();
  auto impl = std::make_shared<Impl>(executor, std::move(handler), std::move(date));
  boost::system::error_code ec;
  impl->acceptor.assign(Protocol(*family, 0), listener.get(), ec);
  if (ec) return Error{Errc::Io, "cannot serve a socket: " + ec.message(), {}, {}};
  (void)listener.release();
  impl->tasks.spawn("http accept", acceptLoop(impl));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::string httpDate() {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
}

}  // namespace microvm::vfkit_qemu
