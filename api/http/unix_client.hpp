// A blocking HTTP client on a Unix socket, or on any other stream, for programs that do one thing at a time: the
// command line and the tests.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "api/http/codec.hpp"
#include "api/http/message.hpp"

namespace microvm::http {

/// An answer whose body is read while it comes, or, after 101, a socket that speaks another protocol.
class ClientStream {
public:
  ClientStream(UniqueFd socket, ResponseParser parser, std::string leftover, bool done);

  /// Status and headers.
  [[nodiscard]] const Response& head() const { return parser_.head(); }
  /// The next bytes of the body; empty at its end. Errc::Timeout when none came within the limit (reading may go on),
  /// Errc::Protocol when the connection was cut.
  Result<std::string> read(Milliseconds limit);
  /// The whole rest of the body, at most `cap` bytes.
  Result<std::string> readAll(Milliseconds limit, std::size_t cap);

  /// After 101: the socket, and the bytes of the new protocol that came with the answer.
  UniqueFd takeSocket() { return std::move(socket_); }
  std::string takeLeftover() { return std::move(leftover_); }
  /// For poll(); still owned by the stream.
  [[nodiscard]] int fd() const { return socket_.get(); }

private:
  UniqueFd socket_;
  ResponseParser parser_;
  std::string leftover_;
  bool done_;
};

/// Makes a new connection: a non-blocking stream socket.
using Connector = std::function<Result<UniqueFd>()>;
Connector unixConnector(std::string socketPath);

/// Keeps its connection between requests. Not for several threads.
class UnixClient {
public:
  explicit UnixClient(std::string socketPath) : UnixClient(unixConnector(std::move(socketPath))) {}
  explicit UnixClient(Connector connector) : connector_(std::move(connector)) {}

  /// The whole answer, whatever its status. Errc::Unreachable when nobody listens, Permission, Timeout when the answer
  /// is not there in time, Protocol when it cannot be read.
  Result<Response> request(Request request, Milliseconds limit = Milliseconds(30'000));
  /// The answer up to its head, on a connection of its own.
  Result<ClientStream> openStream(Request request, Milliseconds limit = Milliseconds(30'000));

private:
  Connector connector_;
  UniqueFd socket_;
};

}  // namespace microvm::http
