#include "daemon/runner/rest/state_json.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("every state of vfkit has its name") {
  const auto state = [](const std::string& name) {
    return parseRunnerState("{\"state\":\"VirtualMachineState" + name + "\"}").value_or(RunnerState::Error);
  };

  CHECK(state("Stopped") == RunnerState::Stopped);
  CHECK(state("Running") == RunnerState::Running);
  CHECK(state("Paused") == RunnerState::Paused);
  CHECK(state("Starting") == RunnerState::Starting);
  CHECK(state("Pausing") == RunnerState::Pausing);
  CHECK(state("Resuming") == RunnerState::Resuming);
  CHECK(state("Stopping") == RunnerState::Stopping);
  CHECK(state("Saving") == RunnerState::Other);
  CHECK(state("(42)") == RunnerState::Other);
}

TEST_CASE("a body without a state is a broken protocol") {
  for (const auto* body : {"", "null", "[]", "{}", "{\"state\":1}", "{\"state\":"}) {
    CHECK(parseRunnerState(body).error().code == Errc::Protocol);
  }
}

TEST_CASE("every change has its body") {
  CHECK(changeBody(RunnerChange::Pause) == "{\"state\":\"Pause\"}");
  CHECK(changeBody(RunnerChange::Resume) == "{\"state\":\"Resume\"}");
  CHECK(changeBody(RunnerChange::Stop) == "{\"state\":\"Stop\"}");
  CHECK(changeBody(RunnerChange::HardStop) == "{\"state\":\"HardStop\"}");
}

TEST_CASE("an error's text is short and in one line") {
  CHECK(errorText("{\"error\":\"a\\nb\"}") == "a b");
  CHECK(errorText("404 page not found\n") == "404 page not found");
  CHECK(errorText(std::string(2000, 'x')).size() == 500);
  CHECK(errorText("").empty());
}
