// The HTTP server on a listening Unix socket.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <sys/types.h>

#include "daemon/async/task_group.hpp"
#include "daemon/http/connection.hpp"
#include "daemon/http/open_connections.hpp"
#include "daemon/http/router.hpp"

namespace microvm::http {

struct ServerOptions {
  std::size_t mostConnections = 2'048;  ///< one more is told to come back later
  std::size_t mostOfPeer = 1'536;       ///< of one process, so that it cannot keep the others out
  std::size_t mostOfAddress = 128;      ///< of one address afar
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
  /// A client from afar, which needs a token for every request and is put out when that is revoked or expires.
  /// `isOwnName` tells which Hosts are ours. False when there is no room.
  bool admitRemote(UniqueFd client, std::string address, std::function<bool(const std::string& host)> isOwnName);
  /// Accepts no more, lets the requests at work finish, ends streams, waits and idle connections; what is left after
  /// the bound is cut.
  net::awaitable<void> stop(Milliseconds bound);
  [[nodiscard]] std::size_t connections() const { return open_->count(); }

private:
  net::awaitable<void> accept();
  void admit(UniqueFd client);
  bool place(UniqueFd client, Caller caller, std::string peer, const Serving& serving);
  net::awaitable<void> watchTokens();
  const std::string& nameOf(uid_t user);
  static net::awaitable<void> runConnection(std::shared_ptr<Connection> connection,
                                            std::unique_ptr<OpenConnections::Place> place);
  static net::awaitable<void> cancelLater(TaskGroup* group, Milliseconds bound);

  net::any_io_executor executor_;
  Service& service_;
  Router router_;
  ServerOptions options_;
  UniqueFd listener_;
  std::map<uid_t, std::string> names_;  // of users, asked for once: that may take long
  std::shared_ptr<OpenConnections> open_ = std::make_shared<OpenConnections>();  // shared with its connections
  bool isStopping_ = false;
  bool watchesTokens_ = false;
  TaskGroup acceptor_;
  TaskGroup clients_;
};

}  // namespace microvm::http
