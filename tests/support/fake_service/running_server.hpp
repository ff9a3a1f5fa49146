// The real HTTP server on a socket, with a fake service behind it, on a thread of its own.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/core/unique_fd.hpp"
#include "api/http/unix_client.hpp"
#include "daemon/http/server.hpp"
#include "tests/support/fake_service/fake_service.hpp"

namespace microvm::fake {

class RunningServer {
public:
  explicit RunningServer(http::ServerOptions options = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  /// Runs `work` on the server's thread and waits for it.
  void on(const std::function<void(FakeService&, http::HttpServer&)>& work);
  /// One request on a connection of its own; its id is "r". The body is sent as application/json.
  http::Response ask(const std::string& method, const std::string& target, const std::string& body = {},
                     const std::vector<std::pair<std::string, std::string>>& headers = {});
  /// Stops the server; ends when it has stopped.
  void stop(Milliseconds bound);
  [[nodiscard]] const std::string& path() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A client that sends bytes as they are, on a blocking socket whose reads end after five seconds.
class RawClient {
public:
  explicit RawClient(const std::string& path);
  void send(std::string_view bytes);
  void finishSending();
  void close() { fd_.reset(); }
  /// Reads until this many bytes have come, or the end.
  std::string read(std::size_t count);
  /// Reads until this text has come, or the end.
  std::string readUntil(std::string_view text);
  /// Reads to the end; "<timeout>" is appended when none came.
  std::string readAll();
  /// One whole response.
  http::Response response();

private:
  bool more();
  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace microvm::fake
