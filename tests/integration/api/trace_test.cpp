// Which request an answer is to, and which request a line of the log belongs to.
#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

HeaderList named(const std::string& id) {
  return {{"X-Request-Id", id}, {"Prefer", "wait=20"}};
}

/// The lines with this text, in order.
std::vector<std::string> linesWith(const std::string& log, const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(text) != std::string::npos) found.push_back(line);
  }
  return found;
}

bool has(const std::string& line, const std::string& text) {
  return line.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("every line of the log about what a request began names the request") {
  const Daemon daemon;
  REQUIRE(daemon.api().post("/v1/vms", daemon.definition("web"), named("made-1")).status == 201);
  REQUIRE(daemon.api().post("/v1/vms/web/start", {}, named("start-1")).status == 200);
  REQUIRE(daemon.api().post("/v1/vms/web/stop", {}, named("stop-1")).status == 200);
  REQUIRE(daemon.api().remove("/v1/vms/web").status == 204);

  const auto lines = linesWith(daemon.log(), " vm=web");

  CHECK(lines.size() > 8);
  for (const auto& line : lines) {
    CAPTURE(line);
    CHECK(has(line, " request="));
  }
  const auto begun = linesWith(daemon.log(), "from=starting to=running");
  REQUIRE(begun.size() == 1);
  CHECK(has(begun.front(), "cause=runner"));
  CHECK(has(begun.front(), "request=start-1"));
  const auto ended = linesWith(daemon.log(), "from=stopping to=stopped");
  REQUIRE(ended.size() == 1);
  CHECK(has(ended.front(), "request=stop-1"));
}

TEST_CASE("what nobody asked for names no request") {
  const Daemon daemon;
  daemon.script({{"end", {{"on", "die"}, {"code", 1}}}});
  REQUIRE(daemon.api().post("/v1/vms", daemon.definition("web"), named("made-1")).status == 201);
  REQUIRE(daemon.api().post("/v1/vms/web/start", {}, named("start-1")).status == 200);

  daemon.give("die");
  daemon.api().waitFor("web", "stopped");

  const auto ended = linesWith(daemon.log(), "from=running to=stopped");
  REQUIRE(ended.size() == 1);
  CHECK_FALSE(has(ended.front(), "request="));
}

TEST_CASE("a start that fails is told with its request, in the log and in the answer") {
  const Daemon daemon;
  daemon.script({{"end", {{"after", 0}, {"code", 1}}}});
  REQUIRE(daemon.api().post("/v1/vms", daemon.definition("web"), named("made-1")).status == 201);

  const auto failed = daemon.api().post("/v1/vms/web/start", {}, named("start-1"));

  CHECK(failed.header("X-Request-Id") == "start-1");
  CHECK(failed.json().at("requestId") == "start-1");
  const auto ended = linesWith(daemon.log(), "from=starting to=stopped");
  REQUIRE(ended.size() == 1);
  CHECK(has(ended.front(), "request=start-1"));
}
