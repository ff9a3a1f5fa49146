// The HTTP server on a listening Unix socket.
#pragma once
#include <cstddef>
#include <memory>
#include <set>
#include <span>

#include "daemon/async/task_group.hpp"
#include "daemon/http/connection.hpp"
#include "daemon/http/router.hpp"

namespace microvm::http {

struct ServerOptions {
  std::size_t mostConnections = 256;  ///< one more is told to come back later
  ConnectionLimits limits{};
};

/// Lives on the executor's thread. The service must outlive it.
class HttpServer {
public:
  HttpServer(net::any_io_executor executor, Service& service, std::span<const Route> routes, ServerOptions options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Starts to accept. The listener may come from listenUnix() or from whoever started the daemon.
  void serve(UniqueFd listener);
  /// Accepts no more, lets the requests at work finish, ends streams, waits and idle connections; what is left after
  /// the bound is cut.
  net::awaitable<void> stop(Milliseconds bound);
  [[nodiscard]] std::size_t connections() const { return open_->size(); }

private:
  using Open = std::set<Connection*>;

  net::awaitable<void> accept();
  void admit(UniqueFd client);
  static net::awaitable<void> runConnection(std::shared_ptr<Connection> connection, std::shared_ptr<Open> open);
  static net::awaitable<void> cancelLater(TaskGroup* group, Milliseconds bound);

  net::any_io_executor executor_;
  Service& service_;
  Router router_;
  ServerOptions options_;
  UniqueFd listener_;
  std::shared_ptr<Open> open_ = std::make_shared<Open>();  // shared with the ends of its connections
  TaskGroup acceptor_;
  TaskGroup clients_;
};

}  // namespace microvm::http
