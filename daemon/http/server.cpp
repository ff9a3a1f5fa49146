#include "daemon/http/server.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include "api/core/logging.hpp"
#include "api/http/problem.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/http/peer.hpp"
#include "daemon/http/request_id.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm::http {
namespace {

constexpr Milliseconds kAcceptPause{100};

/// The set of open connections has it for as long as this lives.
class Registration {
public:
  Registration(std::shared_ptr<std::set<Connection*>> open, Connection* connection)
      : open_(std::move(open)), connection_(connection) {}
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { open_->erase(connection_); }

private:
  std::shared_ptr<std::set<Connection*>> open_;
  Connection* connection_;
};

/// One answer into the empty buffer of a new socket, which cannot block.
void refuse(const UniqueFd& client, const Error& error) {
  logWarn("client refused reason=\"{}\"", error.detail);
  auto requestId = requestIdOf(Headers());
  auto response = problemResponse(error, requestId);
  response.headers.add("X-Request-Id", requestId);
  response.keepAlive = false;
  auto bytes = serialize(response);
  [[maybe_unused]] auto sent = ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

}  // namespace

HttpServer::HttpServer(net::any_io_executor executor, Service& service, std::span<const Route> routes,
                       ServerOptions options)
    : executor_(executor),
      service_(service),
      router_(routes),
      options_(options),
      acceptor_(executor),
      clients_(executor) {}

void HttpServer::serve(UniqueFd listener) {
  listener_ = std::move(listener);
  ::fcntl(listener_.get(), F_SETFL, ::fcntl(listener_.get(), F_GETFL) | O_NONBLOCK);
  acceptor_.spawn("accept", accept());
}

/// No error of one connection, nor of the system, ends the loop; only its cancellation does.
net::awaitable<void> HttpServer::accept() {
  for (;;) {
    auto ready = co_await waitReadable(listener_.get());
    if (!ready && ready.error().code == Errc::Cancelled) co_return;
    auto client = acceptUnix(listener_.get());
    if (client) {
      admit(std::move(*client));
    } else if (client.error().code != Errc::NotFound) {
      logWarn("a client could not be accepted reason=\"{}\"", client.error().detail);
      auto paused = co_await pause(kAcceptPause);
      if (!paused) co_return;
    }
  }
}

void HttpServer::admit(UniqueFd client) {
  if (auto known = checkPeer(client.get()); !known) return refuse(client, known.error());
  if (open_->size() >= options_.mostConnections) {
    Error full{Errc::Unavailable, "the daemon has as many clients as it takes", "try again", {}};
    return refuse(client, full);
  }
  auto connection = std::make_shared<Connection>(executor_, std::move(client), router_, service_, options_.limits);
  open_->insert(connection.get());
  clients_.spawn("connection", runConnection(std::move(connection), open_));
}

net::awaitable<void> HttpServer::runConnection(std::shared_ptr<Connection> connection, std::shared_ptr<Open> open) {
  Registration registration(std::move(open), connection.get());
  co_await connection->run();
}

net::awaitable<void> HttpServer::stop(Milliseconds bound) {
  acceptor_.cancel();
  co_await acceptor_.join();
  listener_.reset();
  for (auto* connection : *open_)
    connection->drain();
  acceptor_.spawn("drain bound", cancelLater(&clients_, bound));
  co_await clients_.join();
  acceptor_.cancel();
  co_await acceptor_.join();
}

net::awaitable<void> HttpServer::cancelLater(TaskGroup* group, Milliseconds bound) {
  auto waited = co_await pause(bound);
  if (waited) group->cancel();
}

}  // namespace microvm::http
