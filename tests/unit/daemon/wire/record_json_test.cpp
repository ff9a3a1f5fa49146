#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/wire/definition_json.hpp"

using namespace microvm;
using Json = nlohmann::ordered_json;

TEST_CASE("exit records are read back as they were written") {
  const Timestamp at = parseTimestamp("2026-11-23T10:40:52.123Z").value();
  for (const ExitRecord& record :
       {ExitRecord{0, {}, at, "the guest powered off"}, ExitRecord{{}, 9, at, "killed"}, ExitRecord{{}, {}, at, ""}}) {
    const auto again = exitRecordFromJson(exitRecordToJson(record));
    REQUIRE(again.has_value());
    CHECK(*again == record);
  }
}

TEST_CASE("an exit record of another form is refused") {
  for (const char* text : {"{}", "[]", R"({"code":"1","signal":null,"at":"2026-11-23T10:40:52.123Z","reason":""})",
                           R"({"code":1,"signal":null,"at":"yesterday","reason":""})",
                           R"({"code":5000000000,"signal":null,"at":"2026-11-23T10:40:52.123Z","reason":""})",
                           R"({"code":1,"at":"2026-11-23T10:40:52.123Z","reason":"","more":1})"}) {
    CAPTURE(text);
    CHECK_FALSE(exitRecordFromJson(Json::parse(text)).has_value());
  }
}

TEST_CASE("an event is written with its VM") {
  const VmEvent event{7, parseTimestamp("2026-11-23T10:40:52.123Z").value(), "id", "web", "vm.running", "runner", ""};

  CHECK(eventToJson(event).dump() ==
        R"({"sequence":7,"at":"2026-11-23T10:40:52.123Z","type":"vm.running","cause":"runner","detail":"",)"
        R"("vm":{"id":"id","name":"web"}})");
}
