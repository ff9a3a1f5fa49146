#include "daemon/app/options.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

Environment environmentOf(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

TEST_CASE("without flags the folders come from the environment") {
  const auto line = parseCommandLine({}, environmentOf({{"XDG_STATE_HOME", "/s"}, {"XDG_RUNTIME_DIR", "/r"}}));

  REQUIRE(line);
  CHECK(line->options.stateFolder == "/s/microvm");
  CHECK(line->options.runFolder == "/r/microvm");
  CHECK(line->options.socket == "/r/microvm/api.sock");
  CHECK(line->options.vfkit == "vfkit");
}

TEST_CASE("flags win over the environment and relative folders become absolute") {
  const auto line = parseCommandLine({"--state-dir", "/a/../b", "--run-dir=/c", "--socket", "/d.sock", "--log-level",
                                      "debug", "--log-file", "/l/../m.log", "--ready-timeout", "3s"},
                                     environmentOf({{"HOME", "/h"}}));

  REQUIRE(line);
  CHECK(line->options.stateFolder == "/b");
  CHECK(line->options.runFolder == "/c");
  CHECK(line->options.socket == "/d.sock");
  CHECK(line->options.logLevel == LogLevel::Debug);
  CHECK(line->options.logFile == "/m.log");
  CHECK(line->options.readyTimeout == Milliseconds(3000));
}

TEST_CASE("an unknown flag, an unknown level and a bad time span are usage errors that name them") {
  const auto none = environmentOf({{"HOME", "/h"}});

  const auto flag = parseCommandLine({"--bogus"}, none);
  const auto level = parseCommandLine({"--log-level", "loud"}, none);
  const auto span = parseCommandLine({"--ready-timeout", "soon"}, none);

  REQUIRE_FALSE(flag);
  CHECK(flag.error().code == Errc::Usage);
  CHECK(flag.error().detail.find("--bogus") != std::string::npos);
  REQUIRE_FALSE(level);
  CHECK(level.error().detail.find("loud") != std::string::npos);
  REQUIRE_FALSE(span);
  CHECK(span.error().detail.find("soon") != std::string::npos);
}

TEST_CASE("an empty value is refused, not taken for the default") {
  for (const auto* flag : {"--state-dir", "--run-dir", "--socket", "--vfkit", "--shim", "--log-file", "--backup"}) {
    CAPTURE(flag);

    const auto line = parseCommandLine({flag, ""}, environmentOf({{"HOME", "/h"}}));

    REQUIRE_FALSE(line);
    CHECK(line.error().code == Errc::Usage);
    CHECK(line.error().detail.find(flag) != std::string::npos);
    CHECK(line.error().detail.find("its value is empty") != std::string::npos);
  }
  CHECK_FALSE(parseCommandLine({"--state-dir="}, environmentOf({{"HOME", "/h"}})));
}

TEST_CASE("without a home folder the way out is named") {
  const auto line = parseCommandLine({}, environmentOf({}));

  REQUIRE_FALSE(line);
  CHECK(line.error().hint.find("--state-dir") != std::string::npos);
}

TEST_CASE("help and version are texts") {
  CHECK(parseCommandLine({"--help"}, environmentOf({}))->text->find("--run-dir") != std::string::npos);
  CHECK(parseCommandLine({"--version"}, environmentOf({}))->text->rfind("microvmd ", 0) == 0);
}
