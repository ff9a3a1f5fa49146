#include "api/http/websocket.hpp"

#include <array>
#include <random>

#include "api/core/text.hpp"

namespace microvm::http {
namespace {

enum Opcode : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kControlBytes = 125;
constexpr std::uint16_t kCloseProtocol = 1002;
constexpr std::uint16_t kCloseNotUtf8 = 1007;
constexpr std::uint16_t kCloseTooLarge = 1009;

using Mask = std::array<char, 4>;

void applyMask(std::string& payload, const Mask& mask) {
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ mask[i % mask.size()]);
}

std::uint64_t bigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes)
    value = (value << 8) | static_cast<unsigned char>(byte);
  return value;
}

void putBigEndian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((value >> shift) & 0xff));
}

/// Codes that a peer may send (RFC 6455, 7.4).
bool isCloseCode(std::uint64_t code) {
  const bool isDefined = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
  return isDefined || (code >= 3000 && code <= 4999);
}

}  // namespace

struct WebSocketDecoder::Head {
  bool isFinal = false;
  std::uint8_t opcode = 0;
  std::size_t size = 0;  // of the head
  std::size_t payload = 0;
  std::optional<Mask> mask;
};

Error WebSocketDecoder::refuse(std::uint16_t code, std::string detail) {
  closeCode_ = code;
  return Error{code == kCloseTooLarge ? Errc::TooLarge : Errc::Protocol, std::move(detail), {}, {}};
}

Result<std::optional<WebSocketDecoder::Head>> WebSocketDecoder::readHead() const {
  const auto rest = std::string_view(buffer_).substr(used_);
  if (rest.size() < 2) return std::optional<Head>();
  const auto first = static_cast<std::uint8_t>(rest[0]);
  const auto second = static_cast<std::uint8_t>(rest[1]);
  if ((first & kReserved) != 0) return Error{Errc::Protocol, "a frame uses an extension that was not agreed", {}, {}};
  Head head;
  head.isFinal = (first & kFin) != 0;
  head.opcode = first & 0x0f;
  const auto length = static_cast<std::size_t>(second & 0x7f);
  const std::size_t lengthBytes = length == 126 ? 2 : (length == 127 ? 8 : 0);
  head.size = 2 + lengthBytes + ((second & kMasked) != 0 ? 4 : 0);
  if (rest.size() < head.size) return std::optional<Head>();
  const auto wide = bigEndian(rest.substr(2, lengthBytes));
  head.payload = lengthBytes == 0 ? length : static_cast<std::size_t>(wide);
  if ((second & kMasked) != 0) {
    head.mask.emplace();
    rest.copy(head.mask->data(), 4, head.size - 4);
  }
  return std::optional<Head>(head);
}

Result<std::optional<WebSocketEvent>> WebSocketDecoder::next() {
  while (true) {
    auto read = readHead();
    if (!read) return refuse(kCloseProtocol, read.error().detail);
    if (*read) {
      const auto& head = **read;
      if (head.mask.has_value() != (role_ == WebSocketRole::Server)) {
        return refuse(kCloseProtocol,
                      role_ == WebSocketRole::Server ? "a client's frame is not masked" : "a server's frame is masked");
      }
      if (head.payload > cap_) {
        return refuse(kCloseTooLarge, "a frame of " + std::to_string(head.payload) + " bytes is over the cap");
      }
    }
    if (!*read || buffer_.size() - used_ < (*read)->size + (*read)->payload) {
      buffer_.erase(0, used_);
      used_ = 0;
      return std::optional<WebSocketEvent>();
    }
    auto payload = buffer_.substr(used_ + (*read)->size, (*read)->payload);
    used_ += (*read)->size + (*read)->payload;
    if ((*read)->mask) applyMask(payload, *(*read)->mask);
    auto event = take(**read, std::move(payload));
    if (!event || *event) return event;
  }
}

/// Nothing for a frame that is not yet an event.
Result<std::optional<WebSocketEvent>> WebSocketDecoder::take(const Head& head, std::string payload) {
  if (head.opcode >= kClose) {
    if (!head.isFinal || payload.size() > kControlBytes) return refuse(kCloseProtocol, "a control frame is too long");
    return takeControl(head.opcode, std::move(payload));
  }
  const bool continues = head.opcode == kContinuation;
  if (head.opcode > kBinary) return refuse(kCloseProtocol, "a frame has an unknown type");
  if (continues == (message_ == 0)) return refuse(kCloseProtocol, "a message begins inside another, or nowhere");
  if (!continues) message_ = head.opcode;
  const auto kind = message_;
  if (head.isFinal) message_ = 0;
  if (kind == kBinary) return std::optional(WebSocketEvent{WebSocketEvent::Kind::Binary, std::move(payload)});
  text_ += payload;
  if (text_.size() > cap_) return refuse(kCloseTooLarge, "a text message is over the cap");
  if (!head.isFinal) return std::optional<WebSocketEvent>();
  if (!isUtf8(text_)) return refuse(kCloseNotUtf8, "a text message is not UTF-8");
  return std::optional(WebSocketEvent{WebSocketEvent::Kind::Text, std::exchange(text_, {})});
}

Result<std::optional<WebSocketEvent>> WebSocketDecoder::takeControl(std::uint8_t opcode, std::string payload) {
  if (opcode == kPing) return std::optional(WebSocketEvent{WebSocketEvent::Kind::Ping, std::move(payload)});
  if (opcode == kPong) return std::optional(WebSocketEvent{WebSocketEvent::Kind::Pong, std::move(payload)});
  if (opcode != kClose) return refuse(kCloseProtocol, "a control frame has an unknown type");
  if (payload.empty()) return std::optional(WebSocketEvent{WebSocketEvent::Kind::Close, {}, kCloseNoCode});
  const auto code = bigEndian(std::string_view(payload).substr(0, 2));
  auto reason = payload.substr(std::min<std::size_t>(2, payload.size()));
  if (payload.size() < 2 || !isCloseCode(code)) return refuse(kCloseProtocol, "a close has no code that may be sent");
  if (!isUtf8(reason)) return refuse(kCloseNotUtf8, "the reason of a close is not UTF-8");
  return std::optional(
      WebSocketEvent{WebSocketEvent::Kind::Close, std::move(reason), static_cast<std::uint16_t>(code)});
}

std::string WebSocketEncoder::frame(std::uint8_t opcode, std::string_view payload) const {
  const std::uint8_t masked = role_ == WebSocketRole::Client ? kMasked : 0;
  std::string out;
  out.reserve(payload.size() + 14);
  out.push_back(static_cast<char>(kFin | opcode));
  if (payload.size() <= kControlBytes) {
    out.push_back(static_cast<char>(masked | payload.size()));
  } else if (payload.size() <= 0xffff) {
    out.push_back(static_cast<char>(masked | 126));
    putBigEndian(out, payload.size(), 2);
  } else {
    out.push_back(static_cast<char>(masked | 127));
    putBigEndian(out, payload.size(), 8);
  }
  if (masked == 0) return out.append(payload);
  std::random_device random;
  std::string mask;
  putBigEndian(mask, random(), 4);
  std::string body(payload);
  applyMask(body, Mask{mask[0], mask[1], mask[2], mask[3]});
  return out + mask + body;
}

std::string WebSocketEncoder::binary(std::string_view bytes) const {
  return frame(kBinary, bytes);
}

std::string WebSocketEncoder::text(std::string_view text) const {
  return frame(kText, text);
}

std::string WebSocketEncoder::ping(std::string_view payload) const {
  return frame(kPing, payload.substr(0, kControlBytes));
}

std::string WebSocketEncoder::pong(std::string_view payload) const {
  return frame(kPong, payload.substr(0, kControlBytes));
}

std::string WebSocketEncoder::close(std::uint16_t code, std::string_view reason) const {
  std::string payload;
  if (code != kCloseNoCode) putBigEndian(payload, code, 2);
  payload.append(reason.substr(0, kControlBytes - payload.size()));
  return frame(kClose, payload);
}

}  // namespace microvm::http
