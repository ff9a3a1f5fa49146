#include "daemon/process/capture.hpp"

#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/processes.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

using namespace microvm;

namespace {

SpawnOptions shell(const std::string& script) {
  SpawnOptions options;
  options.program = "/bin/sh";
  options.arguments = {"sh", "-c", script};
  options.environment = allowedEnvironment();
  return options;
}

constexpr CaptureLimits kPatient{test::kPatience};

}  // namespace

TEST_CASE("both outputs and the end are told") {
  const auto said = capture(shell("echo data; echo talk >&2; exit 3"), kPatient);

  REQUIRE(said);
  CHECK(said->out == "data\n");
  CHECK(said->err == "talk\n");
  CHECK(said->status == ExitStatus{3, std::nullopt});
}

TEST_CASE("nothing is there to be read") {
  const auto said = capture(shell("read line || echo end"), kPatient);

  REQUIRE(said);
  CHECK(said->out == "end\n");
}

TEST_CASE("what a program says beyond the limit does not stop it") {
  const auto said =
      capture(shell("yes | head -c 300000; yes no | head -c 300000 >&2; exit 4"), CaptureLimits{test::kPatience, 1000});

  REQUIRE(said);
  CHECK(said->out.size() == 1000);
  CHECK(said->err.size() == 1000);
  CHECK(said->status.code == 4);
}

TEST_CASE("one that does not end is killed with its children") {
  const test::TempDir folder;

  const auto said = capture(shell("tail -f /dev/null & echo $! >'" + folder.path() + "/pid'; wait"),
                            CaptureLimits{Milliseconds(300)});

  REQUIRE_FALSE(said);
  CHECK(said.error().code == Errc::Timeout);
  CHECK(said.error().detail == "/bin/sh did not end within 300ms");
  const auto text = test::readText(folder / "pid");
  // On a very slow machine the limit comes before the child.
  if (!text.empty()) test::waitUntil("the child's end", [&] { return !test::runs(std::stoi(text)); });
}

TEST_CASE("a child that keeps the outputs open is not waited for") {
  // Not tail -f, which ends when nobody reads its output any more.
  const auto said = capture(shell("sleep 600 & echo $!"), kPatient);

  REQUIRE(said);
  const int left = std::stoi(said->out);
  CHECK(test::runs(left));
  ::kill(left, SIGKILL);
}

TEST_CASE("one that cannot be started is an error") {
  auto options = shell("");
  options.program = "/nowhere/program";

  const auto said = capture(options);

  REQUIRE_FALSE(said);
  CHECK(said.error().code == Errc::NotFound);
}
