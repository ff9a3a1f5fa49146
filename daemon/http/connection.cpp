#include "daemon/http/connection.hpp"

#include <chrono>

#include <boost/system/system_error.hpp>

#include "api/core/logging.hpp"
#include "api/http/problem.hpp"
#include "daemon/http/access/authority.hpp"
#include "daemon/http/admission.hpp"
#include "daemon/process/awake_clock.hpp"

namespace microvm::http {
namespace {

using Clock = AwakeClock;

constexpr Milliseconds kLinger{1000};
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr std::size_t kBeforeToken = 8 * 1024;  // of a stranger, at a time

/// Ends what a connection has started, however its coroutine ends.
class CancelAtEnd {
public:
  CancelAtEnd(TaskGroup& first, TaskGroup& second) : first_(first), second_(second) {}
  CancelAtEnd(const CancelAtEnd&) = delete;
  CancelAtEnd& operator=(const CancelAtEnd&) = delete;
  ~CancelAtEnd() {
    first_.cancel();
    second_.cancel();
  }

private:
  TaskGroup& first_;
  TaskGroup& second_;
};

constexpr std::string_view kMergePatch = "application/merge-patch+json";

bool isCoded(const Request& request) {
  const auto coding = request.headers.find("Content-Encoding");
  return coding && !equalsIgnoringCase(*coding, "identity");
}

Response unsupportedType(const Exchange& exchange) {
  Error error{Errc::Usage, "the body must be application/json", "send the header Content-Type: application/json", {}};
  if (isCoded(exchange.request)) {
    error = {Errc::Usage, "the body has a Content-Encoding, and none is taken", "send it as it is", {}};
  }
  auto response = problemResponse(problemKind("unsupported-media-type"), error, exchange.requestId);
  if (exchange.request.method == "PATCH") response.headers.add("Accept-Patch", std::string(kMergePatch));
  return response;
}

/// "application/json", with parameters or without; for a PATCH also what a merge patch is called.
bool isJson(const Request& request) {
  auto type = request.headers.find("Content-Type").value_or("");
  type = type.substr(0, type.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  if (request.method == "PATCH" && equalsIgnoringCase(type, kMergePatch)) return true;
  return equalsIgnoringCase(type, "application/json");
}

std::string placeOf(const Caller& caller) {
  return caller.isRemote() ? caller.address : "process " + std::to_string(caller.process);
}

bool isAborted(const std::exception& thrown) {
  const auto* error = dynamic_cast<const boost::system::system_error*>(&thrown);
  return error != nullptr && error->code() == boost::system::errc::operation_canceled;
}

}  // namespace

Connection::Connection(net::any_io_executor executor, UniqueFd fd, Caller caller, const Serving& serving)
    : executor_(executor),
      socket_(executor, std::move(fd)),
      caller_(std::move(caller)),
      router_(serving.router),
      service_(serving.service),
      limits_(serving.limits),
      isOwnName_(serving.isOwnName),
      work_(executor),
      typing_(executor) {}

net::awaitable<void> Connection::run() {
  CancelAtEnd guard(work_, typing_);
  while (keepAlive_) {
    auto request = co_await readRequest();
    if (!request) {
      Error error = std::move(request).error();
      co_await answerUnreadable(std::move(error));
      break;
    }
    if (!request->has_value()) co_return;
    Request next = std::move(**request);
    auto served = co_await serve(std::move(next));
    if (!served) co_return;
  }
  co_await linger();
}

void Connection::drain() {
  draining_ = true;
  if (idle_) socket_.cancel();
  work_.cancel();
  typing_.cancel();
}

void Connection::drainUnlessGood() {
  if (caller_.token && !service_.tokens().isGood(caller_.token->id)) drain();
}

/// Nothing when the client closed, fell silent or is sent away between two requests.
Task<std::optional<Request>> Connection::readRequest() {
  parser_ = RequestParser(limits_.message);
  idle_ = true;
  socket_.setDeadline(limits_.idle);
  if (draining_ && input_.empty()) co_return std::optional<Request>();
  auto progress = co_await feed();
  bool silent = !parser_.hasStarted();
  idle_ = false;
  if (progress) co_return std::optional<Request>(parser_.take());
  bool gone = progress.error().code == Errc::Cancelled || progress.error().code == Errc::Io;
  if (silent || gone) co_return std::optional<Request>();
  co_return std::move(progress).error();
}

/// Reads until the request is whole. One deadline holds for the head and one for the body, however the bytes trickle.
Task<Progress> Connection::feed() {
  bool headStarted = false;
  bool headDone = false;
  for (;;) {
    const bool isStranger = caller_.isRemote() && !headDone;
    auto view = std::string_view(input_).substr(0, isStranger ? kBeforeToken : input_.size());
    const auto given = view.size();
    auto progress = parser_.feed(view);
    input_.erase(0, given - view.size());
    if (!progress) co_return progress;
    if (parser_.isHeadDone() && !headDone) {
      headDone = headStarted = true;
      idle_ = false;
      auto known = authenticate();
      if (!known) co_return std::move(known).error();
      socket_.setDeadline(limits_.body);
      auto continued = co_await meetExpectation(*progress);
      if (!continued) co_return std::move(continued).error();
    } else if (parser_.hasStarted() && !headStarted) {
      headStarted = true;
      idle_ = false;
      socket_.setDeadline(limits_.head);
    }
    if (*progress == Progress::Done) co_return progress;
    if (!input_.empty()) continue;  // held back until the sender was known
    auto bytes = co_await socket_.read();
    if (!bytes) co_return std::move(bytes).error();
    if (bytes->empty()) co_return Error{Errc::Malformed, "the request ends in the middle", {}, {}};
    input_.append(*bytes);
  }
}

/// Before the body is read: of a stranger's no more than came along with the head.
Result<void> Connection::authenticate() {
  if (!caller_.isRemote()) return {};
  const auto secret = bearerOf(parser_.head().headers);
  caller_.token = secret ? service_.tokens().find(*secret) : std::nullopt;
  isUnauthorized_ = !caller_.token;
  if (isUnauthorized_) {
    return Error{Errc::Permission,
                 secret ? "the token is not known, was revoked or has expired" : "a client from afar needs a token",
                 "make one on the daemon's host: microvmctl token create NAME",
                 {}};
  }
  caller_.user = "token " + caller_.token->name;
  return {};
}

/// A body that has come already needs no invitation.
Task<void> Connection::meetExpectation(Progress progress) {
  auto expected = parser_.head().headers.find("Expect");
  if (!expected) co_return Result<void>();
  if (!equalsIgnoringCase(*expected, "100-continue")) {
    co_return Error{Errc::Usage, "the only expectation that is met is 100-continue", {}, {}};
  }
  if (progress == Progress::Done) co_return Result<void>();
  Response interim{.status = 100};
  auto bytes = serialize(interim);
  co_return co_await socket_.write(std::move(bytes));
}

net::awaitable<void> Connection::answerUnreadable(Error error) {
  auto requestId = ids_.of(parser_.head().headers);
  const auto& kind = isUnauthorized_ ? problemKind("unauthorized") : kindOfUnreadable(error, parser_.headFault());
  auto response = problemResponse(kind, error, requestId);
  if (isUnauthorized_) response.headers.add("WWW-Authenticate", "Bearer realm=\"microvm\"");
  logDebug("request refused status={} request={} reason=\"{}\"", response.status, requestId, error.detail);
  response.headers.add("X-Request-Id", requestId);
  keepAlive_ = response.keepAlive = false;
  auto sent = co_await sendWhole(std::move(response), false);
  if (!sent) logDebug("the client did not take its answer request={}", requestId);
}

/// A socket closed with unread bytes in it throws away the answer on its way, so the client is heard out, for a while.
net::awaitable<void> Connection::linger() {
  socket_.finishSending();
  socket_.setDeadline(kLinger);
  for (std::size_t heard = 0; heard < kLingerBytes;) {
    auto bytes = co_await socket_.read();
    if (!bytes || bytes->empty()) break;
    heard += bytes->size();
  }
}

Task<void> Connection::serve(Request request) {
  auto begun = Clock::now();
  auto requestId = ids_.of(request.headers);
  requestId_ = requestId;
  bool headOnly = request.method == "HEAD";
  // What changes something is told to everybody who reads the log, what only looks is not.
  const bool looks = headOnly || request.method == "GET" || request.method == "OPTIONS";
  const auto level = looks ? LogLevel::Debug : LogLevel::Info;
  std::string line;
  if (isLogged(level)) line = request.method + " " + request.target;
  keepAlive_ = request.keepAlive;
  auto answer = co_await dispatch(std::move(request), requestId);
  Answer sent;
  if (answer) {
    sent = std::move(*answer);
  } else {
    sent.response = problemResponse(answer.error(), requestId);
  }
  if (draining_) keepAlive_ = false;
  sent.response.keepAlive = keepAlive_;
  sent.response.headers.add("X-Request-Id", requestId);
  if (!line.empty()) {
    auto span = std::chrono::duration<double, std::milli>(Clock::now() - begun);
    log(level, "request {} status={} ms={:.3f} request={} user=\"{}\" from={}", line, sent.response.status,
        span.count(), requestId, caller_.user, placeOf(caller_));
  }
  co_return co_await send(std::move(sent), headOnly);
}

Task<Answer> Connection::dispatch(Request request, std::string requestId) {
  Answer early;
  if (request.isHttp10) {
    early.response = versionRefusal(requestId);
    co_return early;
  }
  auto sender = checkSender(request);
  if (!sender) {
    keepAlive_ = false;
    co_return std::move(sender).error();
  }
  if (request.target == "*") {
    early.response = optionsAnswer(std::string(kMethods));
    co_return early;
  }
  auto target = parseTarget(request.target);
  if (!target) co_return std::move(target).error();
  Exchange exchange;
  exchange.request = std::move(request);
  exchange.target = std::move(*target);
  exchange.requestId = std::move(requestId);
  exchange.caller = caller_;
  auto match = router_.match(exchange.request.method, exchange.target);
  if (match.route == nullptr && match.allow.empty()) {
    co_return Error{Errc::NotFound, "there is nothing at " + exchange.target.path, {}, {}};
  }
  if (match.route == nullptr) {
    const auto allow = match.allow + ", OPTIONS";
    const bool isAsking = exchange.request.method == "OPTIONS";
    early.response = isAsking ? optionsAnswer(allow) : methodRefusal(exchange.request, allow, exchange.requestId);
    co_return early;
  }
  auto allowed = checkScope(*match.route);
  if (!allowed) co_return std::move(allowed).error();
  if (!exchange.request.body.empty() && (!isJson(exchange.request) || isCoded(exchange.request))) {
    early.response = unsupportedType(exchange);
    co_return early;
  }
  exchange.captures = std::move(match.captures);
  if (match.route->mayWait) co_return co_await handleWatching(match.route, std::move(exchange));
  co_return co_await handle(match.route, std::move(exchange));
}

Result<void> Connection::checkSender(const Request& request) const {
  if (auto host = checkHost(request.headers); !host) return host;
  if (auto origin = checkOrigin(request.headers); !origin) return origin;
  const auto name = hostName(request.headers.find("Host").value_or(""));
  if (!caller_.isRemote() || name == "localhost" || (isOwnName_ && isOwnName_(name))) return {};
  return Error{Errc::Permission, "this daemon is not called " + name, "use a name that its certificate has", {}};
}

Result<void> Connection::checkScope(const Route& route) const {
  if (!caller_.token) return {};
  const auto wanted = scopeOf(*findOperation(route.operationId));
  if (caller_.token->scopes.grant(wanted)) return {};
  return Error{Errc::Permission,
               "the token " + caller_.token->name + " is for " + caller_.token->scopes.text() + ", this needs " +
                   std::string(toText(wanted)),
               "use a token with that scope",
               {}};
}

Task<Answer> Connection::handle(const Route* route, Exchange exchange) {
  try {
    co_return co_await route->handle(service_, std::move(exchange));
  } catch (const std::exception& thrown) {
    if (isAborted(thrown)) throw;
    logError("a handler threw operation={} error={} request={}", route->operationId, thrown.what(), requestId_);
  }
  co_return Error{Errc::Internal, "the daemon could not finish the request; its log says why", {}, {}};
}

/// For handlers that may take long: given up when the client hangs up or the daemon ends.
Task<Answer> Connection::handleWatching(const Route* route, Exchange exchange) {
  auto outcome = std::make_shared<std::optional<Result<Answer>>>();
  socket_.clearDeadline();
  work_.spawn("request", handleInto(shared_from_this(), outcome, route, std::move(exchange)));
  if (!outcome->has_value()) {  // a handler that had nothing to wait for has ended within spawn()
    auto gone = co_await socket_.waitHangUp();
    if (gone) logDebug("the client hung up operation={} request={}", route->operationId, requestId_);
  }
  if (!outcome->has_value()) work_.cancel();
  co_await work_.join();
  if (outcome->has_value()) co_return std::move(**outcome);
  co_return Error{Errc::Cancelled, "the wait was given up", {}, {}};
}

net::awaitable<void> Connection::handleInto(Self self, Outcome outcome, const Route* route, Exchange exchange) {
  try {
    auto answer = co_await self->handle(route, std::move(exchange));
    outcome->emplace(std::move(answer));
  } catch (const std::exception&) {  // cancelled: the outcome stays empty
  }
  self->socket_.endHangUpWait();
}

}  // namespace microvm::http
