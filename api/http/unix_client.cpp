#include "api/http/unix_client.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace microvm::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr Limits kAnswerLimits{.headBytes = 64 * 1024, .bodyBytes = 64 * 1024 * 1024};
constexpr Limits kStreamLimits{.headBytes = 64 * 1024, .bodyBytes = std::numeric_limits<std::size_t>::max()};

Error cutError() {
  return {Errc::Protocol, "the connection was closed before the answer was whole", {}, {}};
}

/// Ready for `events` before the deadline, or Errc::Timeout.
Result<void> waitFor(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count();
    pollfd entry{fd, events, 0};
    int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return {};
    if (ready == 0) return Error{Errc::Timeout, "no answer came in time", {}, {}};
    if (errno != EINTR) return systemError("cannot wait for the daemon", errno);
  }
}

Result<void> sendAll(int fd, std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    // The peer may have answered and closed without reading all: its answer counts.
    if (errno == EPIPE || errno == ECONNRESET) return {};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return systemError("cannot send the request", errno);
    auto ready = waitFor(fd, POLLOUT, deadline);
    if (!ready) return ready;
  }
  return {};
}

/// Some bytes, or none at the end of the connection.
Result<std::string> receive(int fd, Clock::time_point deadline) {
  std::string buffer(kReadBytes, '\0');
  for (;;) {
    auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got >= 0) {
      buffer.resize(static_cast<std::size_t>(got));
      return buffer;
    }
    if (errno == ECONNRESET) return std::string();
    if (errno != EAGAIN && errno != EINTR) return systemError("cannot read the answer", errno);
    auto ready = waitFor(fd, POLLIN, deadline);
    if (!ready) return std::move(ready).error();
  }
}

/// Feeds a parser until `enough`; what was read beyond the message stays in `rest`.
template <class Enough>
Result<Progress> readUntil(int fd, ResponseParser& parser, std::string& rest, Clock::time_point deadline,
                           Enough enough) {
  for (;;) {
    std::string_view input = rest;
    auto progress = parser.feed(input);
    rest.erase(0, rest.size() - input.size());
    if (!progress) return Error{Errc::Protocol, progress.error().detail, {}, {}};
    if (*progress == Progress::Done || enough()) return progress;
    auto bytes = receive(fd, deadline);
    if (!bytes) return std::move(bytes).error();
    if (bytes->empty()) return parser.finish();
    rest += *bytes;
  }
}

struct HeadRead {
  ResponseParser parser;
  std::string rest;
  Progress progress = Progress::NeedMore;
};

/// Sends the request and reads the answer's head, passing over "100 Continue" and its like.
Result<HeadRead> exchangeHead(int fd, const Request& request, const Limits& limits, Clock::time_point deadline) {
  auto sent = sendAll(fd, serialize(request), deadline);
  if (!sent) return std::move(sent).error();
  std::string rest;
  for (;;) {
    HeadRead read{ResponseParser(limits, request.method == "HEAD"), std::move(rest)};
    auto progress = readUntil(fd, read.parser, read.rest, deadline, [&read] { return read.parser.isHeadDone(); });
    if (!progress) return std::move(progress).error();
    read.progress = *progress;
    auto status = read.parser.head().status;
    if (status >= 200 || status == 101) return read;
    rest = std::move(read.rest);
  }
}

/// The server has closed a kept connection, or sent what nobody asked for.
bool isStale(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

Error connectError(const std::string& path, int number) {
  auto error = systemError("cannot reach the daemon at " + path, number);
  if (number == ENOENT || number == ECONNREFUSED || number == ENOTSOCK || number == ENOTDIR) {
    error.code = Errc::Unreachable;
  } else if (error.code == Errc::Permission) {
    error.hint = "it is another user's: do this as that user, or name the socket of a daemon of your own";
  }
  return error;
}

Result<UniqueFd> connectTo(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Error{Errc::Invalid, "the socket path " + path + " is empty or too long", {}, {}};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!socket) return systemError("cannot make a socket", errno);
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno != EINTR) return connectError(path, errno);
  }
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

}  // namespace

Connector unixConnector(std::string socketPath) {
  return [path = std::move(socketPath)] { return connectTo(path); };
}

ClientStream::ClientStream(UniqueFd socket, ResponseParser parser, std::string leftover, bool done)
    : socket_(std::move(socket)), parser_(std::move(parser)), leftover_(std::move(leftover)), done_(done) {}

Result<std::string> ClientStream::read(Milliseconds limit) {
  auto deadline = Clock::now() + limit;
  auto body = parser_.takeBody();
  while (body.empty() && !done_) {
    auto progress = readUntil(socket_.get(), parser_, leftover_, deadline, [&] {
      body = parser_.takeBody();
      return !body.empty();
    });
    if (!progress) return std::move(progress).error();
    done_ = *progress == Progress::Done;
    if (body.empty()) body = parser_.takeBody();
  }
  return body;
}

Result<std::string> ClientStream::readAll(Milliseconds limit, std::size_t cap) {
  auto deadline = Clock::now() + limit;
  std::string all;
  for (;;) {
    auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    auto piece = read(std::max(left, Milliseconds(0)));
    if (!piece) return piece;
    if (piece->empty()) return all;
    all += *piece;
    if (all.size() > cap) return Error{Errc::TooLarge, "the answer is larger than expected", {}, {}};
  }
}

Result<Response> UnixClient::request(Request request, Milliseconds limit) {
  auto deadline = Clock::now() + limit;
  if (socket_ && isStale(socket_.get())) socket_.reset();
  if (!socket_) {
    auto connected = connector_();
    if (!connected) return std::move(connected).error();
    socket_ = std::move(*connected);
  }
  UniqueFd socket = std::move(socket_);  // goes back only after a whole answer
  auto read = exchangeHead(socket.get(), request, kAnswerLimits, deadline);
  if (!read) return std::move(read).error();
  if (read->progress != Progress::Done) {
    auto progress = readUntil(socket.get(), read->parser, read->rest, deadline, [] { return false; });
    if (!progress) return std::move(progress).error();
    if (*progress != Progress::Done) return cutError();
  }
  auto response = read->parser.take();
  if (response.keepAlive && request.keepAlive && read->rest.empty()) socket_ = std::move(socket);
  return response;
}

Result<ClientStream> UnixClient::openStream(Request request, Milliseconds limit) {
  auto deadline = Clock::now() + limit;
  auto socket = connector_();
  if (!socket) return std::move(socket).error();
  auto read = exchangeHead(socket->get(), request, kStreamLimits, deadline);
  if (!read) return std::move(read).error();
  return ClientStream(std::move(*socket), std::move(read->parser), std::move(read->rest),
                      read->progress == Progress::Done);
}

}  // namespace microvm::http
