// api/http/sse.cpp
#include "api/http/sse.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

std::vector<ServerSentEvent> all(SseDecoder& decoder) {
  std::vector<ServerSentEvent> events;
  while (auto event = decoder.next().value())
    events.push_back(*event);
  return events;
}

std::vector<ServerSentEvent> decoded(const std::string& text) {
  SseDecoder decoder(1024);
  decoder.append(text);
  return all(decoder);
}

}  // namespace

TEST_CASE("an event is written with its id, its name and a line for each line of its data") {
  CHECK(serializeEvent({"7", "gap", "one\ntwo"}) == "id: 7\nevent: gap\ndata: one\ndata: two\n\n");
  CHECK(serializeEvent({"", "", ""}) == "data: \n\n");
}

TEST_CASE("an id never ends its line") {
  CHECK(serializeEvent({"7\ndata: x", "", "y"}) == "id: 7 data: x\ndata: y\n\n");
}

TEST_CASE("what is written is read back, however it is cut") {
  const std::vector<ServerSentEvent> events{{"1", "", "{}"}, {"2", "gap", "one\ntwo"}, {"3", "", ""}};
  std::string text = serializeRetry(1000) + serializeHeartbeat("");
  for (const auto& event : events)
    text += serializeEvent(event);

  CHECK(decoded(text) == events);
  SseDecoder decoder(1024);
  std::vector<ServerSentEvent> seen;
  for (const char c : text) {
    decoder.append(std::string_view(&c, 1));
    for (const auto& event : all(decoder))
      seen.push_back(event);
  }
  CHECK(seen == events);
}

TEST_CASE("lines may end in any of the three ways, and a byte order mark may come first") {
  const std::vector<ServerSentEvent> expected{{"1", "", "a"}, {"2", "", "b"}, {"3", "", "c"}};

  CHECK(decoded("\xEF\xBB\xBFid: 1\rdata: a\r\rid: 2\ndata: b\n\nid: 3\r\ndata: c\r\n\r\n") == expected);
}

TEST_CASE("comments, unknown fields and events without data are passed over; their ids are kept") {
  SseDecoder decoder(1024);
  decoder.append(": hello\nsurprise: 1\nretry: 5\nid: 9\n\ndata\n\n");

  CHECK(all(decoder) == std::vector<ServerSentEvent>{{"9", "", ""}});
  CHECK(decoder.lastId() == "9");
}

TEST_CASE("only one blank after the colon is not part of the value") {
  CHECK(decoded("data:  two\ndata:none\n\n") == std::vector<ServerSentEvent>{{"", "", " two\nnone"}});
}

TEST_CASE("an event over the cap is an error, in one line or in many") {
  SseDecoder line(16);
  line.append("data: " + std::string(20, 'x'));
  SseDecoder lines(16);
  lines.append("data: 123456789\ndata: 123456789\n\n");

  CHECK(line.next().error().code == Errc::TooLarge);
  CHECK(lines.next().error().code == Errc::TooLarge);
}
