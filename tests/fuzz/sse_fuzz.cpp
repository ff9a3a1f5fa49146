// Any bytes as server-sent events: the events are the same however the bytes were cut, and the same when written again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/sse.hpp"

namespace {

using namespace microvm;
using namespace microvm::http;

constexpr std::size_t kCap = 1'000'000;  // above every input: where an input is cut must not matter

void insist(bool holds) {
  if (!holds) std::abort();
}

std::vector<ServerSentEvent> read(std::string_view bytes, std::size_t piece) {
  SseDecoder decoder(kCap);
  std::vector<ServerSentEvent> events;
  while (true) {
    auto event = decoder.next();
    insist(event.has_value());
    if (*event) {
      events.push_back(**event);
      continue;
    }
    if (bytes.empty()) return events;
    const auto size = std::min(piece, bytes.size());
    decoder.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto events = read(bytes, size + 1);
  insist(events == read(bytes, 1));
  insist(events == read(bytes, 5));
  std::string text;
  for (auto event : events) {
    std::erase(event.data, '\0');
    text += serializeEvent(event);
  }
  const auto again = read(text, text.size() + 1);
  insist(again.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i)
    insist(again[i].name == events[i].name || events[i].name.find('\0') != std::string::npos);
  // A small cap ends a large event with an error, and never more.
  SseDecoder small(16);
  small.append(bytes);
  while (true) {
    const auto event = small.next();
    if (!event) return 0;
    if (!*event) return 0;
    insist((*event)->data.size() <= 16);
  }
}
