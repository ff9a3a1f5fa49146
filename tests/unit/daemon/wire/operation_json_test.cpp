#include "daemon/wire/operation_json.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;

namespace {

VmOperation failedStop() {
  VmOperation operation;
  operation.id = "01939f3e-7d6c-7aaa-8bbb-0123456789ab";
  operation.kind = OperationKind::Stop;
  operation.vmId = "01939f3e-7d6c-7aaa-8bbb-000000000001";
  operation.vmName = "web";
  operation.state = OperationState::Failed;
  operation.cause = "user";
  operation.step = "the guest did not power off";
  operation.stop = StopSettings{};
  operation.stop->timeout = Milliseconds(5'000);
  operation.stop->escalate = false;
  operation.error = Error{Errc::Timeout, "the guest did not power off", "kill it", {}};
  operation.createdAt = Timestamp(Milliseconds(1'795'430'452'123));
  operation.updatedAt = Timestamp(Milliseconds(1'795'430'457'123));
  return operation;
}

}  // namespace

TEST_CASE("an operation reads back what it was written as") {
  const auto operation = failedStop();

  const auto read = operationFromJson(operationToJson(operation));

  REQUIRE(read);
  CHECK(*read == operation);
}

TEST_CASE("an operation's error is a problem without a request") {
  const auto json = operationToJson(failedStop());

  CHECK(json["kind"] == "stop");
  CHECK(json["error"]["code"] == "timeout");
  CHECK(json["error"]["hint"] == "kill it");
  CHECK_FALSE(json["error"].contains("requestId"));
}

TEST_CASE("what is no operation is refused, member by member") {
  const auto read =
      operationFromJson(nlohmann::ordered_json::parse(R"({"id":"1","kind":"reboot","state":"odd","x":1})"));

  REQUIRE_FALSE(read);
  REQUIRE(read.error().errors.size() == 4);
  CHECK(read.error().errors[0].pointer == "/kind");
  CHECK(read.error().errors[0].detail == "\"reboot\" is not known");
}

TEST_CASE("a restart history reads back what it was written as") {
  const RestartHistory history{{Timestamp(Milliseconds(1'000)), Timestamp(Milliseconds(2'500))},
                               Timestamp(Milliseconds(4'000))};

  const auto read = restartHistoryFromJson(restartHistoryToJson(history));
  const auto empty = restartHistoryFromJson(restartHistoryToJson({}));

  REQUIRE(read);
  CHECK(*read == history);
  REQUIRE(empty);
  CHECK(*empty == RestartHistory{});
}
