#include "client/event_stream.hpp"

#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/http/sse.hpp"
#include "api/wire/json.hpp"

namespace microvm::client {
namespace {

constexpr std::size_t kEventCap = 256 * 1024;

void moveOn(EventQuery& place, const std::string& id) {
  std::uint64_t sequence = 0;
  if (std::from_chars(id.data(), id.data() + id.size(), sequence).ec != std::errc()) return;
  place.after = sequence;
  place.since.clear();
}

/// Those that have come whole.
Result<Next> takeEvents(http::SseDecoder& decoder, EventQuery& place, const EventSink& sink) {
  for (;;) {
    auto event = decoder.next();
    if (!event) return std::move(event).error();
    moveOn(place, decoder.lastId());
    if (!*event) return Next::More;
    auto json = parseJson((*event)->data);
    if (!json) return Error{Errc::Protocol, json.error().detail, {}, {}};
    if (sink(*json) == Next::Enough) return Next::Enough;
  }
}

}  // namespace

Result<void> readEvents(http::ClientStream& stream, EventQuery& place, const EventSink& sink, Milliseconds silence) {
  http::SseDecoder decoder(kEventCap);
  for (;;) {
    auto piece = stream.read(silence);
    if (!piece || piece->empty()) {
      return Error{Errc::Unreachable, "the connection to the daemon ended", "microvmctl doctor shows how it is", {}};
    }
    decoder.append(*piece);
    auto next = takeEvents(decoder, place, sink);
    if (!next) return std::move(next).error();
    if (*next == Next::Enough) return {};
  }
}

}  // namespace microvm::client
