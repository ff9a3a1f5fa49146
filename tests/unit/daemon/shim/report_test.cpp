#include "daemon/shim/report.hpp"

#include <csignal>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

TEST_CASE("the reason is one sentence that names the program and its last words") {
  const auto reason = [](ExitStatus status, EndCause cause) {
    return reasonFor(status, cause, "/opt/vfkit", "no disk");
  };

  CHECK(reason({0, {}}, EndCause::Itself) == "the guest powered off");
  CHECK(reason({0, {}}, EndCause::StopRequest) == "stopped as asked");
  CHECK(reason({0, {}}, EndCause::HostStop) == "the guest powered off, as its shim asked when it was told to end");
  CHECK(reason({0, {}}, EndCause::HardStop) == "the guest was ended by a hard stop");
  CHECK(reason({{}, SIGKILL}, EndCause::HostStop) == "killed: it did not stop in time");
  CHECK(reason({1, {}}, EndCause::Itself) == "vfkit exited with code 1: no disk");
  CHECK(reasonFor({2, {}}, EndCause::Itself, "/opt/vfkit", "") == "vfkit exited with code 2");
  CHECK(reason({{}, SIGKILL}, EndCause::Itself) == "vfkit was ended by signal 9 (SIGKILL)");
  CHECK(reason({{}, SIGKILL}, EndCause::KillRequest) == "killed as asked");
  CHECK(reason({{}, SIGKILL}, EndCause::StopRequest) == "killed: it did not stop in time");
  CHECK(reason({{}, SIGTERM}, EndCause::KillRequest) == "vfkit was ended by signal 15 (SIGTERM)");
}

TEST_CASE("text becomes valid JSON whatever its bytes") {
  CHECK(jsonString("plain \xc3\xa9") == "\"plain \xc3\xa9\"");
  CHECK(jsonString("q\" b\\ n\n t\t") == "\"q\\\" b\\\\ n\\u000a t\\u0009\"");
  CHECK(jsonString("\xff\xc3") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(jsonString("\xed\xa0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("the exit record has every member, null where there is none") {
  ExitReport report{{std::nullopt, 9}, *parseTimestamp("2026-11-23T10:40:52.123Z"), "killed as asked", {12, 345}};

  CHECK(toJson(report) ==
        "{\"code\":null,\"signal\":9,\"at\":\"2026-11-23T10:40:52.123Z\",\"reason\":\"killed as asked\","
        "\"runnerPid\":12,\"runnerStart\":345}\n");

  report.isHostStop = true;
  CHECK(toJson(report).ends_with(",\"hostStop\":true}\n"));

  report.rungs = {{"hard-stop", report.at}, {"kill", report.at}};
  CHECK(toJson(report).ends_with(R"(,"hostStop":true,"rungs":[{"rung":"hard-stop","at":"2026-11-23T10:40:52.123Z"},)"
                                 R"({"rung":"kill","at":"2026-11-23T10:40:52.123Z"}]})"
                                 "\n"));
}

TEST_CASE("a file is replaced whole") {
  const test::TempDir folder;
  const auto path = folder.path() + "/exit.json";

  REQUIRE(replaceFile(path, "one"));
  REQUIRE(replaceFile(path, "two"));

  CHECK(readFile(path, 100).value_or("") == "two");
  CHECK_FALSE(replaceFile("/nowhere/exit.json", "x"));
}
