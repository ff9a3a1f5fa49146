#include "daemon/wire/vm_record.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;

namespace {

using Json = nlohmann::ordered_json;

Vm someVm() {
  Vm vm;
  vm.id = "01939f3e-7d6c-7aaa-8bbb-0123456789ab";
  vm.runId = "0123abcd";
  vm.definition.name = "web";
  vm.definition.labels = {{"team", "infra"}};
  vm.definition.boot = LinuxBoot{"/images/vmlinuz", {}, {}};
  vm.generation = 7;
  vm.createdAt = Timestamp(Milliseconds(1'700'000'000'123));
  vm.updatedAt = Timestamp(Milliseconds(1'700'000'900'456));
  return vm;
}

std::string detailOf(const Json& json) {
  const auto parsed = parseVmRecord(json.dump());
  REQUIRE_FALSE(parsed);
  return parsed.error().detail;
}

}  // namespace

TEST_CASE("a record gives the VM back, stopped") {
  auto vm = someVm();
  vm.state = State::Running;
  vm.desired = Desired::Running;
  vm.reason = "asked by user";

  const auto read = parseVmRecord(vmRecordText(vm));

  REQUIRE(read);
  CHECK(*read == someVm());
}

TEST_CASE("each member that is missing or wrong is named") {
  const auto good = Json::parse(vmRecordText(someVm()));
  struct Row {
    const char* member;
    Json value;
    const char* detail;
  };
  const Row rows[] = {
      {"id", nullptr, "/id"},
      {"runId", "../../etc", "/runId is not 8 lower-case hexadecimal digits"},
      {"runId", nullptr, "/runId"},
      {"generation", 0, "/generation"},
      {"createdAt", "yesterday", "/createdAt"},
      {"definition", Json::object(), ""},
      {"colour", "red", "/colour"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.member);
    auto json = good;
    if (row.value.is_null()) {
      json.erase(row.member);
    } else {
      json[row.member] = row.value;
    }
    CHECK(detailOf(json).find(row.detail) != std::string::npos);
  }
}

TEST_CASE("a record of a newer program says so, whatever else is in it") {
  const auto parsed = parseVmRecord(R"({"format":2,"new":true})");

  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().detail == "it has format 2; this microvmd knows formats up to 1");
  CHECK(parsed.error().hint == "run the newer microvmd that wrote it");
}

TEST_CASE("half a record and one without a format are refused") {
  const auto whole = vmRecordText(someVm());
  for (std::size_t size = 0; size + 2 < whole.size(); size += 7)
    CHECK_FALSE(parseVmRecord(whole.substr(0, size)));
  CHECK(detailOf(Json{{"metadata", {{"name", "web"}}}}) == "it has no format number");
}
