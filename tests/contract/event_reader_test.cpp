// What the tests that follow events would notice: an event that the document does not declare, in either framing.
#include "tests/support/openapi/event_reader.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::test;

namespace {

using Json = nlohmann::ordered_json;

struct Seen {
  int events = 0;
  std::vector<std::string> complaints;
};

Seen read(Framing framing, const std::string& bytes) {
  EventReader reader(framing);
  Seen seen;
  for (const char byte : bytes) {
    reader.append(std::string_view(&byte, 1));
    while (reader.next())
      ++seen.events;
  }
  seen.complaints = reader.complaints();
  return seen;
}

Seen readServerSent(const Json& event, const std::string& id = "7", const std::string& name = "") {
  return read(Framing::ServerSent, http::serializeEvent({id, name, event.dump()}) + http::serializeHeartbeat("7"));
}

Seen readLine(const Json& event) {
  return read(Framing::Lines, event.dump() + "\n\n");
}

const Json kEvent = Json::parse(R"({"sequence":7,"at":"2026-11-23T10:40:52.123Z","type":"vm.stopped","cause":"runner",
  "detail":"it was killed","exit":{"code":null,"signal":9},"vm":{"id":"i","name":"web","labels":{"team":"infra"}}})");
const Json kGap = Json::parse(R"({"type":"gap","after":3,"next":8,"detail":"not kept any more"})");

Json changed(const char* pointer, const Json& value) {
  Json event = kEvent;
  event[Json::json_pointer(pointer)] = value;
  return event;
}

}  // namespace

TEST_CASE("events and gaps as the document has them are taken in either framing") {
  for (const Json& event : {kEvent, kGap}) {
    for (const auto& seen : {readServerSent(event, "7", event.contains("next") ? "gap" : ""), readLine(event)}) {
      CHECK(seen.events == 1);
      CHECK(seen.complaints == std::vector<std::string>{});
    }
  }
}

TEST_CASE("an event that the document does not declare is noticed in either framing") {
  Json without = kEvent;
  without.erase("cause");
  Json halfGap = kGap;
  halfGap.erase("after");
  for (const Json& wrong :
       {without, halfGap, changed("/sequence", "7"), changed("/at", "yesterday"), changed("/surprise", 1),
        changed("/vm/name", nullptr), changed("/exit/signal", "KILL"), changed("/vm/labels/team", 1), Json(7)}) {
    CAPTURE(wrong.dump());
    for (const auto& seen : {readServerSent(wrong), readLine(wrong)}) {
      CHECK(seen.events == 1);
      CHECK_FALSE(seen.complaints.empty());
    }
  }
  CHECK_FALSE(read(Framing::Lines, "{\"sequence\":\n").complaints.empty());
}

TEST_CASE("an id or a name that is another than the event's is noticed") {
  CHECK(readServerSent(kEvent, "8").complaints.size() == 1);
  CHECK(readServerSent(kEvent, "7", "gap").complaints.size() == 1);
  CHECK(readServerSent(kGap, "8", "gap").complaints.size() == 1);
  CHECK(readServerSent(kGap, "7", "").complaints.size() == 1);
}
