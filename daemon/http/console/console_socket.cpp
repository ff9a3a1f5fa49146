#include "daemon/http/console/console_socket.hpp"

#include <string>
#include <utility>

#include "api/http/websocket.hpp"
#include "daemon/async/condition.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/http/console/console_messages.hpp"

namespace microvm::http {
namespace {

using Kind = WebSocketEvent::Kind;

constexpr std::size_t kOutputBytes = 128 * 1024;  // frames that wait for a slow client; the rest waits in the log
constexpr std::size_t kReplyBytes = 64 * 1024;    // answers to a client that asks and does not read
constexpr std::size_t kMessageBytes = 1024 * 1024;
constexpr WebSocketEncoder kEncoder(WebSocketRole::Server);

/// Shared by the stream and the coroutine that reads the console.
struct State {
  State(const net::any_io_executor& executor, std::unique_ptr<ConsoleStream> console_, ConsoleMode mode_,
        const ConsolePlace& place)
      : console(std::move(console_)), mode(mode_), offset(place.offset), changed(executor) {}

  void send(std::string frame) {
    out += frame;
    changed.notifyAll();
  }
  void end(std::uint16_t code, std::string_view reason) {
    if (std::exchange(isOver, true)) return;
    send(kEncoder.close(code, reason));
  }

  std::unique_ptr<ConsoleStream> console;
  const ConsoleMode mode;
  std::uint64_t offset;  // of the byte that is sent next
  std::optional<std::uint32_t> exclusive;
  std::string viewers;  // the message that was sent last
  std::string out;
  bool isOver = false;  // nothing but what is in `out` is sent
  Condition changed;
};

using Shared = std::shared_ptr<State>;

Error looksOn() {
  return {Errc::Permission, "this viewer only looks on, so what it sends goes nowhere", "attach with mode=rw", {}};
}

Error heldByAnother(std::string refusal) {
  return {Errc::InUse, std::move(refusal), R"(send {"type":"exclusive","wish":"take-over"})", {}};
}

void take(State& state, const ConsoleStream::Chunk& chunk) {
  if (!chunk.refusal.empty()) state.send(kEncoder.text(errorMessage(heldByAnother(chunk.refusal))));
  if (chunk.news) {
    // A viewer that comes is told of itself by what it asked for, and again by what all are told.
    auto viewers = viewersMessage(*chunk.news);
    if (viewers != state.viewers) state.send(kEncoder.text(viewers));
    state.viewers = std::move(viewers);
    if (std::exchange(state.exclusive, chunk.news->exclusive) != chunk.news->exclusive) {
      state.send(kEncoder.text(exclusiveMessage(*chunk.news)));
    }
  }
  if (chunk.bytes.empty()) return;
  if (chunk.offset != state.offset) state.send(kEncoder.text(gapMessage(state.offset, chunk.offset)));
  state.offset = chunk.offset + chunk.bytes.size();
  state.send(kEncoder.binary(chunk.bytes));
}

/// From the console to `out`, no faster than the client takes it.
net::awaitable<void> pump(Shared state) {
  while (!state->isOver) {
    while (state->out.size() > kOutputBytes) {
      auto taken = co_await state->changed.wait();
      if (!taken) co_return;
    }
    auto chunk = co_await state->console->read();
    if (state->isOver) co_return;
    if (!chunk || chunk->isEnd()) {
      const std::string_view reason = chunk ? "the VM does not run any more" : "the connection to the VM broke";
      state->send(kEncoder.text(detachMessage(state->offset, reason)));
      state->end(chunk ? kCloseNormal : 1011, reason);
      co_return;
    }
    take(*state, *chunk);
  }
}

class ConsoleSocket final : public ByteStream {
public:
  ConsoleSocket(const net::any_io_executor& executor, Shared state) : state_(std::move(state)), tasks_(executor) {
    tasks_.spawn("console socket", pump(state_));
  }

  Task<std::string> read() override {
    const auto state = state_;
    while (state->out.empty() && !state->isOver) {
      auto changed = co_await state->changed.wait();
      if (!changed) co_return std::move(changed).error();
    }
    auto bytes = std::exchange(state->out, {});
    state->changed.notifyAll();
    co_return bytes;
  }

  Task<void> write(std::string bytes) override {
    const auto state = state_;
    decoder_.append(bytes);
    while (!state->isOver) {
      auto event = decoder_.next();
      if (!event) {
        state->end(decoder_.closeCode(), event.error().detail);
        break;
      }
      if (!*event) break;
      auto done = co_await handle(std::move(**event));
      if (!done) co_return done;
    }
    co_return Result<void>();
  }

private:
  Task<void> handle(WebSocketEvent event) {
    const auto state = state_;
    if (state->out.size() > kOutputBytes + kReplyBytes) state->end(1008, "answers are not taken");
    switch (event.kind) {
      case Kind::Binary:
        if (state->mode != ConsoleMode::ReadOnly) co_return co_await state->console->write(std::move(event.payload));
        state->send(kEncoder.text(errorMessage(looksOn())));
        break;
      case Kind::Text:
        co_return co_await obey(std::move(event.payload));
      case Kind::Ping:
        state->send(kEncoder.pong(event.payload));
        break;
      case Kind::Pong:
        break;
      case Kind::Close:
        state->end(event.code, {});
        break;
    }
    co_return Result<void>();
  }

  Task<void> obey(std::string text) {
    const auto state = state_;
    auto wish = parseWish(text);
    if (wish && wish->kind == ConsoleWish::Kind::Exclusive && state->mode == ConsoleMode::ReadOnly) {
      state->send(kEncoder.text(errorMessage(looksOn())));
    } else if (wish && wish->kind == ConsoleWish::Kind::Exclusive) {
      auto asked = co_await state->console->setExclusive(wish->wish);
      if (asked || asked.error().code != Errc::Protocol) co_return asked;
      state->send(kEncoder.text(errorMessage(asked.error())));
    } else if (wish) {
      state->send(kEncoder.text(detachMessage(state->offset, "asked by the client")));
      state->end(kCloseNormal, {});
    } else {
      state->send(kEncoder.text(errorMessage(wish.error())));
    }
    co_return Result<void>();
  }

  Shared state_;
  WebSocketDecoder decoder_{WebSocketRole::Server, kMessageBytes};
  TaskGroup tasks_;
};

}  // namespace

std::shared_ptr<ByteStream> socketOf(net::any_io_executor executor, std::unique_ptr<ConsoleStream> console,
                                     ConsoleMode mode, ConsolePlace place) {
  const auto viewer = console->id();
  auto state = std::make_shared<State>(executor, std::move(console), mode, place);
  state->send(kEncoder.text(offsetMessage(place, viewer)));
  return std::make_shared<ConsoleSocket>(executor, std::move(state));
}

}  // namespace microvm::http
