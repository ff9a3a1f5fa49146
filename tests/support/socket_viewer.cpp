#include "tests/support/socket_viewer.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

namespace microvm::test {
namespace {

constexpr http::WebSocketEncoder kEncoder(http::WebSocketRole::Client);

void sendAll(int fd, const std::string& frame) {
  if (::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size())) {
    throw std::runtime_error("the console's socket takes nothing");
  }
}

}  // namespace

SocketViewer::SocketViewer(const Api& api, const std::string& vm, const std::string& query) {
  auto stream = api.open("/v1/vms/" + vm + "/console?" + query, {{"Connection", "Upgrade"},
                                                                 {"Upgrade", "websocket"},
                                                                 {"Sec-WebSocket-Version", "13"},
                                                                 {"Sec-WebSocket-Key", http::newWebSocketKey()},
                                                                 {"Sec-WebSocket-Protocol", "microvm.console.v1"}});
  if (stream.head().status != 101) {
    const auto body = stream.readAll(kPatience, 65536);
    throw std::runtime_error("no upgrade: " + std::to_string(stream.head().status) + " " + body.value_or(""));
  }
  decoder_.append(stream.takeLeftover());
  socket_ = stream.takeSocket();
  const auto first = await("offset");
  id_ = first.at("viewer");
  pieces_.back().offset = first.at("offset");
}

void SocketViewer::type(const std::string& bytes) const {
  sendAll(socket_.get(), kEncoder.binary(bytes));
}

void SocketViewer::say(const Json& message) const {
  sendAll(socket_.get(), kEncoder.text(message.dump()));
}

void SocketViewer::take(const http::WebSocketEvent& event) {
  using Kind = http::WebSocketEvent::Kind;
  if (event.kind == Kind::Binary) pieces_.back().bytes += event.payload;
  if (event.kind == Kind::Close) closeCode_ = event.code;
  if (event.kind != Kind::Text) return;
  messages_.push_back(Json::parse(event.payload));
  const auto& message = messages_.back();
  if (message.at("type") == "gap") pieces_.push_back({message.at("to"), {}});
}

bool SocketViewer::readMore() {
  while (true) {
    const auto event = must(decoder_.next());
    if (!event) break;
    take(*event);
    return true;
  }
  if (closeCode_ != 0) return false;
  if (!waitReadable(socket_.get(), kPatience)) throw std::runtime_error("the console's socket is silent");
  std::array<char, 65536> piece{};
  const auto count = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (count > 0) decoder_.append(std::string_view(piece.data(), static_cast<std::size_t>(count)));
  return count > 0 || (count < 0 && errno == EAGAIN);
}

void SocketViewer::readTo(std::uint64_t offset) {
  while (next() < offset) {
    if (!readMore()) throw std::runtime_error("the console's socket ended at " + std::to_string(next()));
  }
}

Json SocketViewer::await(const std::string& type) {
  while (true) {
    while (!messages_.empty()) {
      auto message = std::move(messages_.front());
      messages_.pop_front();
      if (message.at("type") == type) return message;
    }
    if (!readMore()) throw std::runtime_error("the console's socket ended before a message " + type);
  }
}

std::uint16_t SocketViewer::awaitClose() {
  while (readMore()) {
  }
  return closeCode_;
}

}  // namespace microvm::test
