#include "daemon/shim/client/records.hpp"

#include <doctest/doctest.h>

#include "daemon/shim/report.hpp"

using namespace microvm;

TEST_CASE("what the shim writes is what the daemon reads") {
  const auto at = *parseTimestamp("2026-11-23T10:40:52.123Z");
  shim::StatusReport status;
  status.shimPid = 5;
  status.runnerPid = 6;
  status.startedAt = at;
  status.consoleStart = 7;
  status.consoleEnd = ~std::uint64_t{0} / 2;

  const auto readStatus = shim::parseStatus(shim::toJson(status));
  const auto readExit = shim::parseExit(shim::toJson(shim::ExitReport{{std::nullopt, 9}, at, "a \"reason\"\n\xff"}));

  REQUIRE(readStatus);
  CHECK(readStatus->shimPid == 5);
  CHECK(readStatus->consoleEnd == ~std::uint64_t{0} / 2);
  REQUIRE(readExit);
  CHECK(*readExit == ExitRecord{std::nullopt, 9, at, "a \"reason\"\n\xef\xbf\xbd"});
}

TEST_CASE("the end that a shim was told to bring about is told as such") {
  shim::ExitReport report{{0, std::nullopt}, Timestamp(Milliseconds(1000)), "it was told to end", {}};
  report.isHostStop = true;

  CHECK(shim::parseExit(shim::toJson(report))->isHostStop);
  report.isHostStop = false;
  CHECK_FALSE(shim::parseExit(shim::toJson(report))->isHostStop);
}

TEST_CASE("the steps of a stop that the shim took are read, and strange ones passed over") {
  shim::ExitReport report{{0, std::nullopt}, Timestamp(Milliseconds(1000)), "it was told to end", {}};
  report.rungs = {
      {"power-button", Timestamp(Milliseconds(200))}, {"lullaby", {}}, {"kill", Timestamp(Milliseconds(900))}};

  const auto read = shim::parseExit(shim::toJson(report));

  REQUIRE(read);
  const std::vector<RungTaken> expected{{Rung::PowerButton, Timestamp(Milliseconds(200))},
                                        {Rung::Kill, Timestamp(Milliseconds(900))}};
  CHECK(read->rungs == expected);
  CHECK(shim::parseExit(R"({"at":"2026-11-23T10:40:52.123Z","rungs":[5,{"rung":"kill"},{"at":7}]})")->rungs.empty());
}

TEST_CASE("no other text is a status, an exit record or a first line") {
  for (const auto* text : {"", "{", "[]", "null", "{}", "{\"at\":5}", "{\"shimPid\":\"x\"}", "{\"at\":\"soon\"}"}) {
    CHECK(shim::parseStatus(text).error().code == Errc::Protocol);
    CHECK(shim::parseExit(text).error().code == Errc::Protocol);
  }
  for (const auto* text : {"", "ok", "ok 1", "ok 1 2", "ok x 2 2026-11-23T10:40:52.123Z", "yes 1 2"}) {
    CHECK(shim::parseReady(text).error().code == Errc::Protocol);
  }
}

TEST_CASE("the first line has pids and a time, or an error with its kind") {
  const auto ready = shim::parseReady("ok 12 13 2026-11-23T10:40:52.123Z");
  REQUIRE(ready);
  CHECK(ready->shimPid == 12);
  CHECK(ready->runnerPid == 13);

  const auto refused = shim::parseReady("error in-use the lock /x is held");
  CHECK(refused.error() == Error{Errc::InUse, "the lock /x is held", {}, {}});
  CHECK(shim::parseReady("error what ever").error() == Error{Errc::Io, "ever", {}, {}});
}
