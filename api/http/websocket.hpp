// WebSocket (RFC 6455) without I/O: frames in and out, and the words of the handshake.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::http {

/// Clients mask what they send, servers do not.
enum class WebSocketRole { Server, Client };

struct WebSocketEvent {
  enum class Kind {
    Binary,  ///< bytes of a binary message, frame by frame
    Text,    ///< a whole text message
    Ping,    ///< to be answered by a pong with the same payload
    Pong,
    Close  ///< `code` and the reason; to be answered by a close
  };
  Kind kind = Kind::Binary;
  std::string payload;
  std::uint16_t code = 0;  ///< of Close; 1005 when the peer gave none
  bool operator==(const WebSocketEvent&) const = default;
};

inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseNoCode = 1005;

class WebSocketDecoder {
public:
  /// `role` is our own. A frame and a text message have at most `cap` bytes.
  explicit WebSocketDecoder(WebSocketRole role, std::size_t cap = 1024 * 1024) : role_(role), cap_(cap) {}

  void append(std::string_view bytes) { buffer_.append(bytes); }
  /// Nothing when bytes are missing. After an error (Errc::Protocol, TooLarge) closeCode() is what to close with, and
  /// nothing more can be read.
  Result<std::optional<WebSocketEvent>> next();
  [[nodiscard]] std::uint16_t closeCode() const { return closeCode_; }

private:
  struct Head;
  Result<std::optional<Head>> readHead() const;
  Result<std::optional<WebSocketEvent>> take(const Head& head, std::string payload);
  Result<std::optional<WebSocketEvent>> takeControl(std::uint8_t opcode, std::string payload);
  Error refuse(std::uint16_t code, std::string detail);

  WebSocketRole role_;
  std::size_t cap_;
  std::string buffer_;
  std::size_t used_ = 0;
  std::string text_;          // of a text message that is not whole yet
  std::uint8_t message_ = 0;  // the opcode of the message that is under way; 0: none
  std::uint16_t closeCode_ = kCloseNormal;
};

class WebSocketEncoder {
public:
  explicit constexpr WebSocketEncoder(WebSocketRole role) : role_(role) {}

  [[nodiscard]] std::string binary(std::string_view bytes) const;
  [[nodiscard]] std::string text(std::string_view text) const;
  [[nodiscard]] std::string ping(std::string_view payload) const;
  [[nodiscard]] std::string pong(std::string_view payload) const;
  [[nodiscard]] std::string close(std::uint16_t code, std::string_view reason) const;

private:
  [[nodiscard]] std::string frame(std::uint8_t opcode, std::string_view payload) const;

  WebSocketRole role_;
};

/// A fresh Sec-WebSocket-Key; and whether a text is one.
std::string newWebSocketKey();
bool isWebSocketKey(std::string_view key);
/// The Sec-WebSocket-Accept that belongs to a key.
std::string webSocketAccept(std::string_view key);

}  // namespace microvm::http
