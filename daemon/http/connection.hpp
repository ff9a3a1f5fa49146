// Serves the requests of one client, one after the other.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/http/codec.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/http/exchange.hpp"
#include "daemon/http/request_id.hpp"
#include "daemon/http/router.hpp"
#include "daemon/http/socket.hpp"

namespace microvm::http {

/// How long a client may take, and how much it may send.
struct ConnectionLimits {
  Limits message{.bodyBytes = 1024 * 1024};
  Milliseconds head{10'000};   ///< from the first byte of a request to the end of its head
  Milliseconds body{30'000};   ///< from there to the end of its body
  Milliseconds idle{60'000};   ///< between requests
  Milliseconds write{30'000};  ///< for a response to be taken; streams take as long as their reader does
};

/// What every connection of a server works with; all of it outlives them.
struct Serving {
  const Router& router;
  Service& service;
  ConnectionLimits limits{};
  std::function<bool(const std::string& host)> isOwnName{};  ///< whether clients from afar may call us by this
};

/// Shared by its coroutines.
class Connection : public std::enable_shared_from_this<Connection> {
public:
  Connection(net::any_io_executor executor, UniqueFd fd, Caller caller, const Serving& serving);

  /// Serves until the client or drain() ends it.
  net::awaitable<void> run();
  /// Finishes the request at work and ends; ends idle connections, streams and waits at once.
  void drain();
  /// Does so when the token of the request at work is not good any more.
  void drainUnlessGood();

private:
  using Self = std::shared_ptr<Connection>;
  using Outcome = std::shared_ptr<std::optional<Result<Answer>>>;
  using Stream = std::shared_ptr<ByteStream>;

  // Reading.
  Task<std::optional<Request>> readRequest();
  Task<Progress> feed();
  Task<void> meetExpectation(Progress progress);
  Result<void> authenticate();
  net::awaitable<void> answerUnreadable(Error error);
  net::awaitable<void> linger();

  // Answering.
  Task<void> serve(Request request);
  Task<Answer> dispatch(Request request, std::string requestId);
  [[nodiscard]] Result<void> checkSender(const Request& request) const;
  [[nodiscard]] Result<void> checkScope(const Route& route) const;
  Task<Answer> handle(const Route* route, Exchange exchange);
  Task<Answer> handleWatching(const Route* route, Exchange exchange);
  static net::awaitable<void> handleInto(Self self, Outcome outcome, const Route* route, Exchange exchange);

  // Sending.
  Task<void> send(Answer answer, bool headOnly);
  Task<void> sendStream(Answer answer, bool headOnly);
  Task<void> sendWhole(Response response, bool headOnly);
  Task<void> sendChunks(Stream stream);
  Task<void> exchangeRaw(Stream stream);
  static net::awaitable<void> pumpChunks(Self self, Stream stream);
  static net::awaitable<void> pumpOut(Self self, Stream stream);
  static net::awaitable<void> pumpIn(Self self, Stream stream);
  static net::awaitable<void> endTyping(Self self);

  net::any_io_executor executor_;
  Socket socket_;
  Caller caller_;
  const Router& router_;
  Service& service_;
  const ConnectionLimits limits_;
  const std::function<bool(const std::string& host)> isOwnName_;

  RequestIds ids_;
  RequestParser parser_;
  std::string input_;      // read, but not yet part of a request
  TaskGroup work_;         // what ends when the client hangs up: a wait, the output of a stream
  TaskGroup typing_;       // the input of a raw stream
  std::string requestId_;  // of the request at work
  bool isUnauthorized_ = false;
  bool idle_ = true;  // no byte of the next request has come
  bool draining_ = false;
  bool keepAlive_ = true;
  bool streamDone_ = false;
};

}  // namespace microvm::http
