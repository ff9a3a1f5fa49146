// A console's WebSocket: microvm.console.v1 as a client sees it.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "api/core/unique_fd.hpp"
#include "api/http/websocket.hpp"
#include "tests/support/api.hpp"

namespace microvm::test {

class SocketViewer {
public:
  struct Piece {
    std::uint64_t offset = 0;
    std::string bytes;
    [[nodiscard]] std::uint64_t end() const { return offset + bytes.size(); }
  };

  /// Throws, with the answer, when it is no 101.
  SocketViewer(const Api& api, const std::string& vm, const std::string& query = "offset=0");

  void type(const std::string& bytes) const;
  void say(const Json& message) const;
  /// Reads until this byte is the next. Throws when the connection ends before.
  void readTo(std::uint64_t offset);
  /// Reads until a message of this type has come; it. Messages are taken in order.
  Json await(const std::string& type);
  /// Reads until the daemon closes; the code.
  std::uint16_t awaitClose();
  /// What came, without what was skipped in between.
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] std::uint64_t next() const { return pieces_.back().end(); }
  [[nodiscard]] std::uint64_t id() const { return id_; }

private:
  void take(const http::WebSocketEvent& event);
  bool readMore();

  UniqueFd socket_;
  http::WebSocketDecoder decoder_{http::WebSocketRole::Client};
  std::vector<Piece> pieces_{Piece{}};
  std::deque<Json> messages_;
  std::uint64_t id_ = 0;
  std::uint16_t closeCode_ = 0;
};

}  // namespace microvm::test
