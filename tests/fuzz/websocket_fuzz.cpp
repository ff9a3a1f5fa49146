// Any bytes as WebSocket frames: the messages are the same however the bytes were cut, and none is over its cap.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/websocket.hpp"

namespace {

using namespace microvm;
using namespace microvm::http;

constexpr std::size_t kCap = 1024;

void insist(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string> read(WebSocketRole role, std::string_view bytes, std::size_t piece) {
  WebSocketDecoder decoder(role, kCap);
  std::vector<std::string> seen;
  while (true) {
    auto event = decoder.next();
    if (!event) {
      seen.push_back("fault " + std::to_string(decoder.closeCode()));
      return seen;
    }
    if (*event) {
      insist((*event)->payload.size() <= kCap);
      seen.push_back(std::to_string(static_cast<int>((*event)->kind)) + " " + std::to_string((*event)->code) + " " +
                     (*event)->payload);
      if ((*event)->kind == WebSocketEvent::Kind::Close) return seen;
      continue;
    }
    if (bytes.empty()) return seen;
    const auto size = std::min(piece, bytes.size());
    decoder.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

/// A frame that was written is read as it was meant.
void writeAgain(std::string_view payload) {
  if (payload.size() > kCap) return;
  const auto frame = WebSocketEncoder(WebSocketRole::Server).binary(payload);
  WebSocketDecoder decoder(WebSocketRole::Client, kCap);
  decoder.append(frame);
  const auto event = decoder.next();
  insist(event && *event && (*event)->payload == payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto role : {WebSocketRole::Server, WebSocketRole::Client})
    insist(read(role, bytes, size + 1) == read(role, bytes, 1));
  writeAgain(bytes);
  return 0;
}
