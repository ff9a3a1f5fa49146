// The sending half of daemon/http/connection.hpp.
#include "api/core/logging.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/http/connection.hpp"

namespace microvm::http {
namespace {

/// How long what a client typed before it hung up may take to reach the guest.
constexpr Milliseconds kLastInput{5000};

}  // namespace

Task<void> Connection::send(Answer answer, bool headOnly) {
  if (!answer.stream) return sendWhole(std::move(answer.response), headOnly);
  return sendStream(std::move(answer), headOnly);
}

Task<void> Connection::sendStream(Answer answer, bool headOnly) {
  bool raw = answer.response.status == 101;
  auto head = serializeHead(answer.response);
  socket_.setDeadline(limits_.write);
  auto sent = co_await socket_.write(std::move(head));
  if (!sent || headOnly) co_return sent;
  socket_.clearDeadline();
  if (raw) co_return co_await exchangeRaw(std::move(answer.stream));
  co_return co_await sendChunks(std::move(answer.stream));
}

Task<void> Connection::sendWhole(Response response, bool headOnly) {
  if (headOnly) {
    response.headers.set("Content-Length", std::to_string(response.body.size()));
    response.body.clear();
  }
  auto bytes = serialize(std::move(response));
  socket_.setDeadline(limits_.write);
  return socket_.write(std::move(bytes));
}

Task<void> Connection::sendChunks(Stream stream) {
  streamDone_ = false;
  work_.spawn("stream", pumpChunks(shared_from_this(), std::move(stream)));
  auto gone = co_await socket_.waitHangUp();
  if (!streamDone_) work_.cancel();
  co_await work_.join();
  if (streamDone_) co_return Result<void>();
  co_return Error{Errc::Cancelled, gone ? "the client hung up" : "the stream broke off", {}, {}};
}

/// A body that breaks off has no closing chunk, so that the client knows.
net::awaitable<void> Connection::pumpChunks(Self self, Stream stream) {
  for (;;) {
    auto bytes = co_await stream->read();
    if (!bytes) {
      logDebug("a stream broke off reason=\"{}\" request={}", bytes.error().detail, self->requestId_);
      break;
    }
    bool last = bytes->empty();
    auto chunk = serializeChunk(*bytes);
    auto sent = co_await self->socket_.write(std::move(chunk));
    if (!sent) break;
    if (last) {
      self->streamDone_ = true;
      break;
    }
  }
  self->socket_.endHangUpWait();
}

Task<void> Connection::exchangeRaw(Stream stream) {
  keepAlive_ = false;
  streamDone_ = false;
  work_.spawn("raw output", pumpOut(shared_from_this(), stream));
  typing_.spawn("raw input", pumpIn(shared_from_this(), stream));
  auto gone = co_await socket_.waitHangUp();
  if (!gone || streamDone_) typing_.cancel();
  work_.cancel();
  co_await work_.join();
  if (typing_.size() > 0) work_.spawn("last input", endTyping(shared_from_this()));
  co_await typing_.join();
  work_.cancel();
  co_return Result<void>();
}

net::awaitable<void> Connection::pumpOut(Self self, Stream stream) {
  for (;;) {
    auto bytes = co_await stream->read();
    if (!bytes || bytes->empty()) break;
    auto sent = co_await self->socket_.write(std::move(*bytes));
    if (!sent) break;
  }
  self->streamDone_ = true;
  self->socket_.finishSending();
  self->socket_.endHangUpWait();
}

/// The end of the client's sending ends its typing, not its listening.
net::awaitable<void> Connection::pumpIn(Self self, Stream stream) {
  std::string typed = std::exchange(self->input_, {});
  for (;;) {
    if (!typed.empty()) {
      auto taken = co_await stream->write(std::move(typed));
      if (!taken) break;
    }
    auto bytes = co_await self->socket_.read();
    if (!bytes || bytes->empty()) break;
    typed.assign(*bytes);
  }
}

net::awaitable<void> Connection::endTyping(Self self) {
  auto waited = co_await pause(kLastInput);
  if (waited) self->typing_.cancel();
}

}  // namespace microvm::http
