// HTTP on any listening socket.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "api/core/unique_fd.hpp"
#include "api/http/message.hpp"
#include "daemon/async/task.hpp"

namespace microvm::vfkit_qemu {

/// All members on one thread. Destruction drops every connection.
class HttpServer {
public:
  /// The answer without its Date header. An Error drops the connection.
  using Handler = std::function<Task<http::Response>(http::Request request)>;
  /// The value of the Date header.
  using Date = std::function<std::string()>;

  static Result<std::unique_ptr<HttpServer>> start(net::any_io_executor executor, UniqueFd listener, Handler handler,
                                                   Date date);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

private:
  struct Impl;
  explicit HttpServer(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;  // shared with its coroutines, whose frames may outlive the server
};

/// The time now, as HTTP writes it.
std::string httpDate();

}  // namespace microvm::vfkit_qemu
