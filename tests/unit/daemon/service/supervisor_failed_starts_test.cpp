#include <doctest/doctest.h>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

constexpr Milliseconds kReadyTimeout{40};

Definition restarted(const Fixture& f, unsigned giveUpAfter) {
  auto wanted = f.definition();
  wanted.restart.policy = RestartPolicy::Always;
  wanted.restart.backoff = Milliseconds(100);
  wanted.restart.maxBackoff = Milliseconds(100);
  wanted.restart.giveUpAfter = giveUpAfter;
  return wanted;
}

void runUntil(Fixture& f, const std::function<bool()>& isSo) {
  while (!isSo() && f.context.run_one_for(kLong) != 0)
    continue;
  REQUIRE(isSo());
}

long launchesOf(const Fixture& f) {
  return std::count(f.host.calls.begin(), f.host.calls.end(), "launch");
}

}  // namespace

TEST_CASE("a restart that is not ready in time is tried again, and given up after too many") {
  Fixture f(SupervisorSettings{kReadyTimeout});
  REQUIRE(f.run(f.service.create(restarted(f, 2), "user")));
  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));
  f.host.stateAfterLaunch = RunnerState::Starting;

  f.host.end(3, std::nullopt, "vfkit exited with code 3");
  runUntil(f, [&] { return f.service.find("web")->vm.state == State::Stopped; });

  CHECK(launchesOf(f) == 3);
  CHECK(f.service.find("web")->vm.desired == Desired::Running);
  CHECK(f.service.find("web")->vm.reason.find("is not restarted any more") != std::string::npos);
  CHECK(contains(f.eventTypes(), "vm.restart-given-up"));
  runUntil(f, [&] {
    const auto types = f.eventTypes();
    return std::count(types.begin(), types.end(), "vm.black-box") == 3;
  });
  CHECK(f.run(f.service.postmortem("web"))->find("did not report a running guest within 40ms") != std::string::npos);
}

TEST_CASE("a first start that is not ready in time is answered by the policy like any other end") {
  Fixture f(SupervisorSettings{kReadyTimeout});
  REQUIRE(f.run(f.service.create(restarted(f, 5), "user")));
  f.host.stateAfterLaunch = RunnerState::Starting;
  const auto start = f.run(f.service.start("web", "user"));
  REQUIRE(start);

  const auto operation = f.run(f.service.waitOperation(start->operation->id, kLong));
  f.host.stateAfterLaunch = RunnerState::Running;

  REQUIRE(operation);
  CHECK(operation->state == OperationState::Failed);
  CHECK(f.run(f.service.wait("web", WaitFor::Running, kLong)));
}

TEST_CASE("somebody's kill of a start ends the wish, whatever the policy") {
  Fixture f;
  REQUIRE(f.run(f.service.create(restarted(f, 5), "user")));
  f.host.stateAfterLaunch = RunnerState::Starting;
  REQUIRE(f.run(f.service.start("web", "user")));
  runUntil(f, [&] { return f.host.held; });

  REQUIRE(f.run(f.service.kill("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));

  CHECK(f.service.find("web")->vm.desired == Desired::Stopped);
  CHECK(launchesOf(f) == 1);
  CHECK_FALSE(contains(f.eventTypes(), "vm.black-box"));
}

TEST_CASE("a VM whose shim is told to end goes with the host, and comes back with it") {
  Fixture f;
  REQUIRE(f.run(f.service.create(restarted(f, 5), "user")));
  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));

  f.host.end(0, std::nullopt, "stopped by its shim");
  f.host.exit->isHostStop = true;
  const auto stopped = f.run(f.service.wait("web", WaitFor::Stopped, kLong));

  REQUIRE(stopped);
  CHECK(stopped->vm.desired == Desired::Running);
  CHECK_FALSE(contains(f.eventTypes(), "vm.restart-scheduled"));
  CHECK(f.run(f.service.events(EventQuery{}))->events.back().cause == Cause(kHostShutdown));
}

TEST_CASE("of a start that came to nothing a black box is kept") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.launchError = Error{Errc::RunnerFailed, "vfkit cannot be run", {}, {}};

  REQUIRE(f.run(f.service.start("web", "user")));
  runUntil(f, [&] { return contains(f.eventTypes(), "vm.black-box"); });
  const auto box = f.run(f.service.postmortem("web"));

  REQUIRE(box);
  CHECK(box->find("vfkit cannot be run") != std::string::npos);
  CHECK(box->find("/fake/vfkit") != std::string::npos);
}
