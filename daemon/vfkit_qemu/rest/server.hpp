// Serves vfkit's REST API on a Unix socket or a TCP port.
#pragma once
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/rest/http_server.hpp"
#include "daemon/vfkit_qemu/rest/machine.hpp"

namespace microvm::vfkit_qemu {

/// All members on one thread. The machine must outlive the server. Destruction drops every connection and removes the
/// socket file.
class RestServer {
public:
  /// Binds and listens; nothing for an address of kind None. Errors have Go's words, "listen unix PATH: bind: address
  /// already in use".
  static Result<std::unique_ptr<RestServer>> open(net::any_io_executor executor, const vfkit::RestAddress& address,
                                                  Machine& machine, HttpServer::Date date);
  ~RestServer();
  RestServer(const RestServer&) = delete;
  RestServer& operator=(const RestServer&) = delete;

  /// The port that the system chose, for TCP.
  [[nodiscard]] int port() const { return port_; }

private:
  RestServer(std::unique_ptr<HttpServer> http, std::string path, int port)
      : http_(std::move(http)), path_(std::move(path)), port_(port) {}

  std::unique_ptr<HttpServer> http_;
  std::string path_;  // of the socket's file; empty for TCP
  int port_;
};

}  // namespace microvm::vfkit_qemu
