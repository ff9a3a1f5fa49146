#include "daemon/http/server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <utility>

#include "api/core/logging.hpp"
#include "api/http/problem.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/http/peer.hpp"
#include "daemon/http/request_id.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm::http {
namespace {

constexpr Milliseconds kAcceptPause{100};

/// One answer into the empty buffer of a new socket, which cannot block.
void refuse(const UniqueFd& client, const ProblemKind& kind, const Error& error) {
  auto requestId = RequestIds().of(Headers());
  logWarn("client refused reason=\"{}\" request={}", error.detail, requestId);
  auto response = problemResponse(kind, error, requestId);
  response.headers.add("X-Request-Id", requestId);
  response.keepAlive = false;
  auto bytes = serialize(std::move(response));
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
  const auto peer = checkPeer(client.get());
  if (!peer) return refuse(client, problemKind(peer.error().code), peer.error());
  const Serving serving{router_, service_, options_.limits, {}};
  const auto who = peer->process == 0 ? std::string() : "process " + std::to_string(peer->process);
  Caller caller;
  caller.user = nameOf(peer->user);
  caller.process = peer->process;
  place(std::move(client), std::move(caller), who, serving);
}

bool HttpServer::admitRemote(UniqueFd client, std::string address,
                             std::function<bool(const std::string& host)> isOwnName) {
  if (isStopping_) return false;
  if (!std::exchange(watchesTokens_, true)) acceptor_.spawn("tokens", watchTokens());
  const Serving serving{router_, service_, options_.limits, std::move(isOwnName)};
  Caller caller;
  caller.address = std::move(address);
  const auto who = caller.address;
  return place(std::move(client), std::move(caller), who, serving);
}

bool HttpServer::place(UniqueFd client, Caller caller, std::string peer, const Serving& serving) {
  if (open_->count() >= options_.mostConnections) {
    Error full{Errc::Unavailable, "the daemon has as many clients as it takes", "try again", {}};
    refuse(client, problemKind(full.code), full);
    return false;
  }
  const auto most = caller.isRemote() ? options_.mostOfAddress : options_.mostOfPeer;
  if (!peer.empty() && open_->countOf(peer) >= most) {
    Error many{Errc::Unavailable, peer + " has as many connections as one client may have", "close some of them", {}};
    refuse(client, problemKind("too-many-connections"), many);
    return false;
  }
  auto connection = std::make_shared<Connection>(executor_, std::move(client), std::move(caller), serving);
  auto place = std::make_unique<OpenConnections::Place>(open_, connection.get(), std::move(peer));
  clients_.spawn("connection", runConnection(std::move(connection), std::move(place)));
  return true;
}

net::awaitable<void> HttpServer::watchTokens() {
  for (;;) {
    auto lost = co_await service_.tokens().awaitLoss();
    if (!lost) co_return;
    for (auto* connection : open_->all())
      connection->drainUnlessGood();
  }
}

const std::string& HttpServer::nameOf(uid_t user) {
  auto& name = names_[user];
  if (name.empty()) name = userName(user);
  return name;
}

net::awaitable<void> HttpServer::runConnection(std::shared_ptr<Connection> connection,
                                               std::unique_ptr<OpenConnections::Place> place) {
  co_await connection->run();
  place.reset();
}

net::awaitable<void> HttpServer::stop(Milliseconds bound) {
  isStopping_ = true;
  acceptor_.cancel();
  co_await acceptor_.join();
  listener_.reset();
  for (auto* connection : open_->all())
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
