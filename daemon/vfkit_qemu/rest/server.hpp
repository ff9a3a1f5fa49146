// Serves vfkit's REST API on a Unix socket or a TCP port.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/rest/machine.hpp"

namespace microvm::vfkit_qemu {

/// All members on one thread. The machine must outlive the server. Destruction drops every connection and removes the
/// socket file.
class RestServer {
public:
  /// The value of the Date header.
  using Date = std::function<std::string()>;

  /// Binds and listens; nothing for an address of kind None. Errors have Go's words, "listen unix PATH: bind: address
  /// already in use".
  static Result<std::unique_ptr<RestServer>> open(net::any_io_executor executor, const vfkit::RestAddress& address,
                                                  Machine& machine, Date date);
  ~RestServer();
  RestServer(const RestServer&) = delete;
  RestServer& operator=(const RestServer&) = delete;

  /// The port that the system chose, for TCP.
  [[nodiscard]] int port() const;

private:
  struct Impl;
  RestServer(std::shared_ptr<Impl> impl, std::string path);

  std::shared_ptr<Impl> impl_;  // shared with its coroutines, whose frames may outlive the server
  std::string path_;            // of the socket's file; empty for TCP
};

/// The time now, as HTTP writes it.
std::string httpDate();

}  // namespace microvm::vfkit_qemu
