// The handshake's proof that both sides speak WebSocket: SHA-1 of the key and a fixed text. It protects nothing.
#include <array>
#include <random>

#include "api/http/websocket.hpp"

namespace microvm::http {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kProofText = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kBlock = 64;

using Digest = std::array<std::uint32_t, 5>;

std::uint32_t rotate(std::uint32_t value, int bits) {
  return (value << bits) | (value >> (32 - bits));
}

std::uint32_t wordAt(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i)
    word = (word << 8) | static_cast<unsigned char>(bytes[at + i]);
  return word;
}

void addBlock(Digest& digest, std::string_view block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 16; ++i)
    words[i] = wordAt(block, 4 * i);
  for (std::size_t i = 16; i < words.size(); ++i)
    words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = digest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint32_t mixed = b ^ c ^ d;
    if (i < 20) mixed = (b & c) | (~b & d);
    if (i >= 40 && i < 60) mixed = (b & c) | (b & d) | (c & d);
    constexpr std::array<std::uint32_t, 4> kConstants{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    const auto next = rotate(a, 5) + mixed + e + kConstants[i / 20] + words[i];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  digest = {digest[0] + a, digest[1] + b, digest[2] + c, digest[3] + d, digest[4] + e};
}

std::string sha1(std::string text) {
  const std::uint64_t bits = text.size() * 8;
  text.push_back('\x80');
  while (text.size() % kBlock != kBlock - 8)
    text.push_back('\0');
  for (int shift = 56; shift >= 0; shift -= 8)
    text.push_back(static_cast<char>((bits >> shift) & 0xff));
  Digest digest{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (std::size_t at = 0; at < text.size(); at += kBlock)
    addBlock(digest, std::string_view(text).substr(at, kBlock));
  std::string out;
  for (const auto word : digest) {
    for (int shift = 24; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>((word >> shift) & 0xff));
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto part = bytes.substr(at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8) | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(i <= part.size() ? kAlphabet[(group >> (18 - 6 * i)) & 0x3f] : '=');
  }
  return out;
}

}  // namespace

std::string newWebSocketKey() {
  std::random_device random;
  std::string bytes;
  while (bytes.size() < kKeyBytes)
    bytes.push_back(static_cast<char>(random() & 0xff));
  return base64(bytes);
}

bool isWebSocketKey(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") && key.find_first_not_of(kAlphabet) == 22;
}

std::string webSocketAccept(std::string_view key) {
  return base64(sha1(std::string(key).append(kProofText)));
}

}  // namespace microvm::http
