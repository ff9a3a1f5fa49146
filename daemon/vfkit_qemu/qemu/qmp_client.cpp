#include "daemon/vfkit_qemu/qemu/qmp_client.hpp"

#include <array>
#include <chrono>
#include <map>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/async/condition.hpp"
#include "daemon/async/task_group.hpp"

namespace microvm::vfkit_qemu {
namespace {

using Socket = net::local::stream_protocol::socket;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxLine = 1024 * 1024;

Error hungUp() {
  return Error{Errc::Unreachable, "QEMU has closed its monitor", {}, {}};
}

}  // namespace

struct QmpClient::State {
  State(net::any_io_executor executor, OnEvent callback)
      : socket(executor), onEvent(std::move(callback)), changed(executor), tasks(executor) {}

  void take(const std::string& line);
  void takeAnswer(const nlohmann::json& message);
  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
    isClosed = true;
    changed.notifyAll();
  }

  Socket socket;
  OnEvent onEvent;
  Condition changed;
  std::uint64_t nextId = 0;
  std::map<std::uint64_t, std::optional<Result<void>>> pending;  // no value yet: QEMU has not answered
  bool isGreeted = false;
  bool isClosed = false;
  bool isBroken = false;
  TaskGroup tasks;
};

namespace {

std::string reasonOf(const nlohmann::json& message) {
  const auto error = message.find("error");
  if (error == message.end() || !error->is_object()) return "no reason given";
  const auto text = error->find("desc");
  return text != error->end() && text->is_string() ? text->get<std::string>() : "no reason given";
}

}  // namespace

void QmpClient::State::takeAnswer(const nlohmann::json& message) {
  const auto id = message.find("id");
  if (id == message.end() || !id->is_number_unsigned()) return;
  const auto waiting = pending.find(id->get<std::uint64_t>());
  if (waiting == pending.end()) return;
  if (message.contains("return")) {
    waiting->second.emplace(Result<void>());
  } else {
    waiting->second.emplace(Result<void>(Error{Errc::RunnerFailed, reasonOf(message), {}, {}}));
  }
}

void QmpClient::State::take(const std::string& line) {
  if (line.find_first_not_of(" \r\n") == std::string::npos) return;
  const auto message = nlohmann::json::parse(line, nullptr, false);
  if (!message.is_object()) {
    isBroken = true;
    close();
    return;
  }
  if (message.contains("QMP")) isGreeted = true;
  const auto event = message.find("event");
  if (event != message.end() && event->is_string())
    onEvent(event->get<std::string>());
  else
    takeAnswer(message);
  changed.notifyAll();
}

namespace {

/// Reads lines until QEMU hangs up.
template <class State>
net::awaitable<void> readLoop(std::shared_ptr<State> state) {
  std::string unread;
  std::array<char, 4096> buffer{};
  while (!state->isClosed) {
    if (unread.size() > kMaxLine) {
      state->isBroken = true;
      break;
    }
    auto [ec, count] = co_await state->socket.async_read_some(net::buffer(buffer), kToken);
    if (ec) break;
    unread.append(buffer.data(), count);
    for (auto end = unread.find('\n'); end != std::string::npos; end = unread.find('\n')) {
      const std::string line = unread.substr(0, end);
      unread.erase(0, end + 1);
      state->take(line);
    }
  }
  if (!state->isClosed) state->close();
}

Milliseconds left(Clock::time_point end) {
  return std::max(Milliseconds(1), std::chrono::duration_cast<Milliseconds>(end - Clock::now()));
}

}  // namespace

QmpClient::QmpClient(net::any_io_executor executor, UniqueFd socket, OnEvent onEvent)
    : state_(std::make_shared<State>(std::move(executor), std::move(onEvent))) {
  boost::system::error_code ec;
  state_->socket.assign(net::local::stream_protocol(), socket.get(), ec);
  if (ec) {
    state_->isClosed = true;
    return;
  }
  (void)socket.release();
  state_->tasks.spawn("qmp", readLoop(state_));
}

QmpClient::~QmpClient() {
  state_->onEvent = [](const std::string&) {};
  state_->tasks.cancel();
}

bool QmpClient::isClosed() const {
  return state_->isClosed;
}

Task<void> QmpClient::handshake(Milliseconds limit) {
  const auto state = state_;
  const auto end = Clock::now() + limit;
  while (!state->isGreeted) {
    if (state->isBroken) co_return Error{Errc::Protocol, "what QEMU says on its monitor is not QMP", {}, {}};
    if (state->isClosed) co_return hungUp();
    auto waited = co_await state->changed.wait(left(end));
    if (!waited) co_return std::move(waited).error();
  }
  auto ready = co_await execute("qmp_capabilities", left(end));
  co_return ready;
}

Task<void> QmpClient::execute(std::string command, Milliseconds limit) {
  const auto state = state_;
  if (state->isClosed) co_return hungUp();
  const auto end = Clock::now() + limit;
  const auto id = state->nextId++;
  state->pending[id];
  const std::string text = fmt::format("{{\"execute\":\"{}\",\"id\":{}}}\n", command, id);
  // Commands are short: the socket takes them whole even when QEMU does not read.
  boost::system::error_code ec;
  net::write(state->socket, net::buffer(text), ec);
  if (ec) co_return hungUp();
  for (;;) {
    const auto answered = state->pending.find(id);
    if (answered->second) {
      Result<void> result = *std::move(answered->second);
      state->pending.erase(answered);
      co_return result;
    }
    if (state->isClosed) break;
    auto waited = co_await state->changed.wait(left(end));
    if (waited) continue;
    state->pending.erase(id);
    if (waited.error().code != Errc::Timeout) co_return std::move(waited).error();
    co_return Error{Errc::Timeout, fmt::format("QEMU did not answer {} in time", command), {}, {}};
  }
  state->pending.erase(id);
  co_return hungUp();
}

}  // namespace microvm::vfkit_qemu
