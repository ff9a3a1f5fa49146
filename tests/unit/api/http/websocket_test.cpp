#include "api/http/websocket.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;
using Kind = WebSocketEvent::Kind;

namespace {

constexpr WebSocketEncoder kClient(WebSocketRole::Client);
constexpr WebSocketEncoder kServer(WebSocketRole::Server);

struct Read {
  std::vector<WebSocketEvent> events;
  std::uint16_t closeCode = 0;  // 0: no error
};

/// All that a decoder makes of these bytes, given in pieces of a size.
Read decode(WebSocketRole role, std::string_view bytes, std::size_t piece, std::size_t cap = 1000) {
  WebSocketDecoder decoder(role, cap);
  Read read;
  while (!bytes.empty()) {
    decoder.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (true) {
      auto event = decoder.next();
      if (!event) {
        read.closeCode = decoder.closeCode();
        return read;
      }
      if (!*event) break;
      read.events.push_back(std::move(**event));
    }
  }
  return read;
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values)
    out.push_back(static_cast<char>(value));
  return out;
}

std::uint16_t refusal(std::string_view frames) {
  return decode(WebSocketRole::Client, frames, 1000).closeCode;
}

}  // namespace

TEST_CASE("the examples of RFC 6455 are read and written") {
  const auto hello = bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f});
  const auto masked = bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
  const auto halves = bytes({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f});

  CHECK(kServer.text("Hello") == hello);
  for (const auto& frames : {hello, halves})
    CHECK(decode(WebSocketRole::Client, frames, 3).events == std::vector<WebSocketEvent>{{Kind::Text, "Hello"}});
  CHECK(decode(WebSocketRole::Server, masked, 1).events == std::vector<WebSocketEvent>{{Kind::Text, "Hello"}});
  CHECK(webSocketAccept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("every length and every byte comes through, whole or byte by byte") {
  std::string every;
  for (int i = 0; i < 70'000; ++i)
    every.push_back(static_cast<char>(i));
  for (const std::size_t size : {0, 1, 125, 126, 65'535, 65'536, 70'000}) {
    const auto part = every.substr(0, size);
    const std::vector<WebSocketEvent> wanted{{Kind::Binary, part}};
    CAPTURE(size);
    CHECK((decode(WebSocketRole::Server, kClient.binary(part), 1, 70'000).events == wanted));
    CHECK((decode(WebSocketRole::Client, kServer.binary(part), 4096, 70'000).events == wanted));
  }
}

TEST_CASE("a character that is split over frames is one character") {
  const auto frames = bytes({0x01, 0x01, 0xc3, 0x80, 0x01, 0xa4});

  CHECK(decode(WebSocketRole::Client, frames, 1).events == std::vector<WebSocketEvent>{{Kind::Text, "\xc3\xa4"}});
}

TEST_CASE("a ping may come in the middle of a message") {
  const auto frames = bytes({0x01, 0x01, 'a', 0x89, 0x01, '!', 0x80, 0x01, 'b'});

  CHECK(decode(WebSocketRole::Client, frames, 2).events ==
        std::vector<WebSocketEvent>{{Kind::Ping, "!"}, {Kind::Text, "ab"}});
}

TEST_CASE("a close has its code and reason") {
  CHECK(decode(WebSocketRole::Server, kClient.close(4000, "bye"), 1).events ==
        std::vector<WebSocketEvent>{{Kind::Close, "bye", 4000}});
  CHECK(decode(WebSocketRole::Client, kServer.close(kCloseNoCode, ""), 1).events ==
        std::vector<WebSocketEvent>{{Kind::Close, "", kCloseNoCode}});
  CHECK(kServer.close(kCloseNormal, std::string(500, 'x')).size() == 127);
}

TEST_CASE("what is not WebSocket is refused with its code") {
  CHECK(refusal(bytes({0x91, 0x00})) == 1002);              // a reserved bit
  CHECK(refusal(bytes({0x83, 0x00})) == 1002);              // an unknown type
  CHECK(refusal(bytes({0x8b, 0x00})) == 1002);              // an unknown control type
  CHECK(refusal(bytes({0x80, 0x00})) == 1002);              // continues nothing
  CHECK(refusal(bytes({0x01, 0x00, 0x81, 0x00})) == 1002);  // begins inside another
  CHECK(refusal(bytes({0x09, 0x00})) == 1002);              // a control frame in parts
  CHECK(refusal(bytes({0x89, 0x7e, 0x00, 0x7e}) + std::string(126, 'x')) == 1002);
  CHECK(refusal(bytes({0x88, 0x01, 0x03})) == 1002);        // half a code
  CHECK(refusal(bytes({0x88, 0x02, 0x03, 0xed})) == 1002);  // 1005 is never sent
  CHECK(refusal(bytes({0x81, 0x01, 0xff})) == 1007);
  CHECK(refusal(bytes({0x82, 0x7f, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00})) == 1009);
  CHECK(decode(WebSocketRole::Server, kServer.text("not masked"), 1000).closeCode == 1002);
  CHECK(decode(WebSocketRole::Client, kClient.text("masked"), 1000).closeCode == 1002);
}

TEST_CASE("a text message has a cap over all its frames") {
  std::string frames = bytes({0x01, 0x7e, 0x02, 0x58}) + std::string(600, 'a');
  frames += bytes({0x80, 0x7e, 0x02, 0x58}) + std::string(600, 'a');

  CHECK(refusal(frames) == 1009);
}

TEST_CASE("a key is the text of sixteen bytes, and each is another") {
  CHECK(isWebSocketKey(newWebSocketKey()));
  CHECK(newWebSocketKey() != newWebSocketKey());
  for (const auto* wrong : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBs ZSBub25jZQ=="})
    CHECK_FALSE(isWebSocketKey(wrong));
}
