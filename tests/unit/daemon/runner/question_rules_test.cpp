#include "daemon/runner/question_rules.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

constexpr Host kMac{HostSystem::Macos, Architecture::Arm64};

/// Why not; empty when it may be asked.
std::string refusal(RunnerKind runner, const RunnerQuestion& question, std::optional<RunnerChange> change = {}) {
  const auto checked = checkQuestion(recordOf(usualTarget(runner, kMac)), question, change);
  return checked ? std::string() : checked.error().detail;
}

const RunnerQuestion kOrder{"POST", "/vm/state", "{}"};

}  // namespace

TEST_CASE("vfkit may be asked anything: it refuses by itself") {
  for (const auto change : {RunnerChange::Pause, RunnerChange::Resume, RunnerChange::Stop, RunnerChange::HardStop})
    CHECK(refusal(RunnerKind::Vfkit, kOrder, change).empty());
  CHECK(refusal(RunnerKind::Vfkit, kOrder).empty());
  CHECK(refusal(RunnerKind::Vfkit, {"GET", "/vm/inspect", ""}).empty());
}

TEST_CASE("krunkit gets no order but to stop, whatever the order says") {
  CHECK(refusal(RunnerKind::Krunkit, kOrder, RunnerChange::Stop).empty());
  CHECK(refusal(RunnerKind::Krunkit, {"GET", "/vm/state", ""}).empty());
  const std::string noPause = "krunkit cannot pause: every order is the power button to it";
  CHECK(refusal(RunnerKind::Krunkit, kOrder, RunnerChange::Pause) == noPause);
  CHECK(refusal(RunnerKind::Krunkit, kOrder, RunnerChange::Resume) == noPause);
  CHECK(refusal(RunnerKind::Krunkit, kOrder) == noPause);
  CHECK(refusal(RunnerKind::Krunkit, kOrder, RunnerChange::HardStop).find("krunkit has no power cut") == 0);
  CHECK(refusal(RunnerKind::Krunkit, {"GET", "/vm/inspect", ""}) == "krunkit describes nothing");
}
