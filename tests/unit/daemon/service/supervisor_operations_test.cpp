#include <future>

#include <doctest/doctest.h>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

/// The operation as it is when it has ended.
VmOperation ended(Fixture& f, const Result<VmView>& accepted) {
  REQUIRE(accepted);
  REQUIRE(accepted->operation);
  const auto operation = f.run(f.service.waitOperation(accepted->operation->id, kLong));
  REQUIRE(operation);
  REQUIRE(operation->state != OperationState::Running);
  return *operation;
}

Boxed<VmOperation> underWay(Fixture& f) {
  return f.service.find("web")->operation;
}

StopRequest patiently() {
  StopRequest request;
  request.timeout = kLong;
  return request;
}

}  // namespace

TEST_CASE("a start is an operation that ends when the guest runs") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));

  const auto operation = ended(f, f.run(f.service.start("web", "user")));

  CHECK(operation.kind == OperationKind::Start);
  CHECK(operation.state == OperationState::Succeeded);
  CHECK(operation.vmName == "web");
  CHECK_FALSE(operation.error);
  CHECK_FALSE(underWay(f));
  CHECK(f.run(f.store.operations())->front() == operation);
}

TEST_CASE("what is so already is no operation") {
  Fixture f;
  f.createAndStart();

  const auto again = f.run(f.service.start("web", "user"));

  REQUIRE(again);
  CHECK_FALSE(again->operation);
}

TEST_CASE("a start that fails says why, and the operation keeps it") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.launchError = Error{Errc::RunnerFailed, "vfkit cannot be run", {}, {}};

  const auto operation = ended(f, f.run(f.service.start("web", "user")));

  CHECK(operation.state == OperationState::Failed);
  REQUIRE(operation.error);
  CHECK(operation.error->code == Errc::RunnerFailed);
  CHECK(operation.error->detail == "VM web did not start: vfkit cannot be run");
}

TEST_CASE("an equal request joins the operation, another one is told which is under way") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto first = f.run(f.service.stop("web", patiently(), "user"));
  REQUIRE(first);

  const auto joined = f.run(f.service.stop("web", patiently(), "user"));
  const auto refused = f.run(f.service.start("web", "user"));

  REQUIRE(joined);
  CHECK(joined->operation->id == first->operation->id);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Busy);
  CHECK(refused.error().detail.find(first->operation->id) != std::string::npos);
}

TEST_CASE("a stop that ends the guest sooner overtakes, one that leaves it more time is told which is under way") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  auto neverHard = patiently();
  neverHard.escalate = false;
  const auto soft = f.run(f.service.stop("web", neverHard, "user"));
  REQUIRE(soft);

  auto sooner = patiently();
  sooner.timeout = kLong / 2;
  const auto firmer = f.run(f.service.stop("web", sooner, "user"));
  const auto softer = f.run(f.service.stop("web", patiently(), "user"));

  CHECK(f.service.operation(soft->operation->id)->state == OperationState::Cancelled);
  REQUIRE_FALSE(softer);
  CHECK(softer.error().code == Errc::Busy);
  CHECK(softer.error().detail.find(firmer->operation->id) != std::string::npos);
  CHECK(ended(f, f.run(f.service.stop("web", quickly(), "user"))).state == OperationState::Succeeded);
  CHECK(contains(f.host.calls, "HardStop"));
}

TEST_CASE("a stop that overtakes a restart is not followed by a start") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto restart = f.run(f.service.restart("web", patiently(), "user"));
  REQUIRE(restart);

  const auto stop = ended(f, f.run(f.service.stop("web", quickly(), "user")));

  CHECK(stop.state == OperationState::Succeeded);
  CHECK(f.service.operation(restart->operation->id)->state == OperationState::Cancelled);
  CHECK(f.service.find("web")->vm.state == State::Stopped);
  CHECK(f.service.find("web")->vm.desired == Desired::Stopped);
}

TEST_CASE("a guest that is ended hard did not power itself off, and whoever asked is the cause") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;

  ended(f, f.run(f.service.stop("web", quickly(), "user")));

  const auto view = *f.service.find("web");
  CHECK(view.vm.lastExit->reason == "the guest was ended by a hard stop");
  const auto events = f.run(f.service.events(EventQuery{}))->events;
  const auto stopped = std::find_if(events.begin(), events.end(), [](const auto& e) { return e.type == "vm.stopped"; });
  REQUIRE(stopped != events.end());
  CHECK(stopped->cause == Cause("user"));
}

TEST_CASE("a guest that obeys after its stop was given up has stopped as asked, whatever the policy") {
  Fixture f;
  auto wanted = f.definition();
  wanted.restart.policy = RestartPolicy::Always;
  REQUIRE(f.run(f.service.create(wanted, "user")));
  ended(f, f.run(f.service.start("web", "user")));
  f.host.guestHearsPowerButton = false;
  auto neverHard = quickly();
  neverHard.escalate = false;
  CHECK(ended(f, f.run(f.service.stop("web", neverHard, "user"))).state == OperationState::Failed);
  REQUIRE(f.service.find("web")->vm.state == State::Running);

  f.host.end(0, std::nullopt, "the guest powered off");
  const auto stopped = f.run(f.service.wait("web", WaitFor::Stopped, kLong));

  REQUIRE(stopped);
  CHECK(stopped->vm.desired == Desired::Stopped);
  CHECK_FALSE(contains(f.eventTypes(), "vm.restart-scheduled"));
}

TEST_CASE("a kill overtakes a stop, which ends cancelled") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto stop = f.run(f.service.stop("web", patiently(), "user"));

  const auto kill = ended(f, f.run(f.service.kill("web", "user")));

  CHECK(kill.state == OperationState::Succeeded);
  const auto cancelled = *f.service.operation(stop->operation->id);
  CHECK(cancelled.state == OperationState::Cancelled);
  CHECK(cancelled.error->detail == "overtaken by kill, asked by user");
}

TEST_CASE("a guest is paused and goes on") {
  Fixture f;
  f.createAndStart();

  const auto pause = ended(f, f.run(f.service.pause("web", "user")));
  const auto paused = f.service.find("web")->vm.state;
  const auto resume = ended(f, f.run(f.service.resume("web", "user")));

  CHECK(pause.state == OperationState::Succeeded);
  CHECK(paused == State::Paused);
  CHECK(resume.state == OperationState::Succeeded);
  CHECK(f.service.find("web")->vm.state == State::Running);
  CHECK(f.host.calls == std::vector<std::string>{"launch", "Pause", "Resume"});
}

TEST_CASE("a runner that does not pause its guest fails the operation and changes nothing") {
  Fixture f;
  f.createAndStart();
  f.host.changeError = Error{Errc::RunnerFailed, "the runner answered with status 500", {}, {}};

  const auto pause = ended(f, f.run(f.service.pause("web", "user")));

  CHECK(pause.state == OperationState::Failed);
  CHECK(pause.error->detail == "VM web could not pause: the runner answered with status 500");
  CHECK(f.service.find("web")->vm.state == State::Running);
  CHECK(contains(f.eventTypes(), "vm.change-failed"));
}

TEST_CASE("a stopped VM can be neither paused nor resumed, and a paused one not started") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  const auto pause = f.run(f.service.pause("web", "user"));
  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));
  ended(f, f.run(f.service.pause("web", "user")));
  const auto start = f.run(f.service.start("web", "user"));

  REQUIRE_FALSE(pause);
  CHECK(pause.error().detail == "VM web is stopped and cannot be paused");
  REQUIRE_FALSE(start);
  CHECK(start.error().hint == "let it go on: microvmctl resume web");
}

TEST_CASE("a restart stops and starts in one operation") {
  Fixture f;
  f.createAndStart();

  const auto restart = ended(f, f.run(f.service.restart("web", quickly(), "user")));

  CHECK(restart.state == OperationState::Succeeded);
  CHECK(f.host.calls == std::vector<std::string>{"launch", "Stop", "launch"});
  CHECK(f.service.find("web")->vm.desired == Desired::Running);
}

TEST_CASE("a restart of a stopped VM starts it") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));

  const auto restart = ended(f, f.run(f.service.restart("web", quickly(), "user")));

  CHECK(restart.state == OperationState::Succeeded);
  CHECK(f.service.find("web")->vm.state == State::Running);
}

TEST_CASE("a stop that waits for its guest can be cancelled, and the VM runs on") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto stop = f.run(f.service.stop("web", patiently(), "user"));
  REQUIRE(stop);

  const auto cancelled = f.run(f.service.cancelOperation(stop->operation->id, "user"));

  REQUIRE(cancelled);
  CHECK(cancelled->state == OperationState::Cancelled);
  CHECK(f.service.find("web")->vm.state == State::Running);
  CHECK(f.service.find("web")->vm.desired == Desired::Running);
  const auto late = f.run(f.service.cancelOperation(stop->operation->id, "user"));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::WrongState);
}

TEST_CASE("a start is cancelled by killing what has begun") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.stateAfterLaunch = RunnerState::Starting;
  const auto start = f.run(f.service.start("web", "user"));
  REQUIRE(start);

  const auto cancelled = f.run(f.service.cancelOperation(start->operation->id, "user"));

  REQUIRE(cancelled);
  CHECK(cancelled->state == OperationState::Cancelled);
  CHECK(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
}

TEST_CASE("an operation that nobody knows is not found") {
  Fixture f;

  CHECK(f.service.operation("none").error().code == Errc::NotFound);
  CHECK(f.run(f.service.waitOperation("none", kLong)).error().code == Errc::NotFound);
}

TEST_CASE("a VM that dies is started again by its policy, and given up after too many deaths") {
  Fixture f;
  auto wanted = f.definition();
  wanted.restart.policy = RestartPolicy::OnFailure;
  wanted.restart.backoff = Milliseconds(100);
  wanted.restart.giveUpAfter = 1;
  REQUIRE(f.run(f.service.create(wanted, "user")));
  ended(f, f.run(f.service.start("web", "user")));

  f.host.end(std::nullopt, 11, "vfkit was ended by signal 11");
  while (std::count(f.host.calls.begin(), f.host.calls.end(), "launch") < 2)
    f.context.run_one_for(kLong);
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));
  f.host.end(std::nullopt, 11, "vfkit was ended by signal 11");
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));

  const auto view = *f.service.find("web");
  CHECK(view.vm.desired == Desired::Running);
  CHECK(view.vm.reason.find("is not restarted any more") != std::string::npos);
  CHECK(std::count(f.host.calls.begin(), f.host.calls.end(), "launch") == 2);
  CHECK(contains(f.eventTypes(), "vm.restart-scheduled"));
  CHECK(contains(f.eventTypes(), "vm.restart-given-up"));
  ended(f, f.run(f.service.start("web", "user")));
  CHECK(f.service.find("web")->vm.restarts.deaths.empty());
}

TEST_CASE("a VM that waits for its next start can be started at once, stopped and deleted") {
  Fixture f;
  auto wanted = f.definition();
  wanted.restart.policy = RestartPolicy::Always;
  wanted.restart.backoff = kLong;
  REQUIRE(f.run(f.service.create(wanted, "user")));
  const auto die = [&] {
    ended(f, f.run(f.service.start("web", "user")));
    f.host.end(0, std::nullopt, "the guest powered off");
    while (f.service.find("web")->vm.state != State::Restarting)
      f.context.run_one_for(kLong);
  };

  die();
  CHECK(f.service.find("web")->vm.restarts.nextAt);
  const auto paused = f.run(f.service.pause("web", "user"));
  die();
  const auto stopped = f.run(f.service.stop("web", {}, "user"));
  die();
  const auto removed = f.run(f.service.remove("web", false, "user"));

  CHECK(paused.error().code == Errc::WrongState);
  REQUIRE(stopped);
  CHECK(stopped->vm.state == State::Stopped);
  CHECK(stopped->vm.desired == Desired::Stopped);
  CHECK(ended(f, stopped).state == OperationState::Succeeded);
  CHECK(removed);
}

TEST_CASE("a start whose VM is deleted while it is checked is answered") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  std::promise<void> gate;
  const auto hold = [&]() -> Result<void> {
    gate.get_future().wait();
    return {};
  };
  const auto ignore = [](const std::exception_ptr&, const Result<void>&) {};
  std::optional<Result<VmView>> started;
  net::co_spawn(f.context, f.files.run(hold), ignore);
  net::co_spawn(f.context, f.service.start("web", "user"),
                [&](const std::exception_ptr&, Result<VmView> view) { started = std::move(view); });
  net::co_spawn(f.context, f.service.remove("web", false, "user"), ignore);
  f.context.restart();
  f.context.poll();  // both are under way, as far as they come without the files

  gate.set_value();
  while (!started && f.context.run_one_for(kLong) != 0) {
  }

  REQUIRE(started);
  REQUIRE_FALSE(*started);
  CHECK(started->error().code == Errc::NotFound);
}

TEST_CASE("a daemon that is about to end starts nothing by policy, and the next one does") {
  Fixture f;
  auto wanted = f.definition();
  wanted.restart.policy = RestartPolicy::Always;
  wanted.restart.backoff = Milliseconds(100);
  REQUIRE(f.run(f.service.create(wanted, "user")));
  ended(f, f.run(f.service.start("web", "user")));
  f.host.end(1, std::nullopt, "vfkit exited with code 1");
  while (f.service.find("web")->vm.state != State::Restarting)
    f.context.run_one_for(kLong);

  f.service.holdStarts();
  const auto waited = f.run(f.service.wait("web", WaitFor::Running, Milliseconds(200)));
  f.service.shutDown();
  VmService next(f.ports(), f.settings());
  REQUIRE(f.run(next.open()));

  CHECK_FALSE(waited);
  CHECK(f.run(next.wait("web", WaitFor::Running, kLong)));
  f.end(next);
}

TEST_CASE("a daemon that did not start a VM knows its command line for the black box") {
  Fixture f;
  f.createAndStart();
  f.service.shutDown();
  VmService next(f.ports(), f.settings());
  REQUIRE(f.run(next.open()));

  f.host.end(1, std::nullopt, "vfkit exited with code 1");
  REQUIRE(f.run(next.wait("web", WaitFor::Stopped, kLong)));
  while (!contains(f.eventTypes(), "vm.black-box"))
    f.context.run_one_for(kLong);
  const auto box = f.run(next.postmortem("web"));

  REQUIRE(box);
  CHECK(box->find("/fake/vfkit") != std::string::npos);
  f.end(next);
}

TEST_CASE("an unexpected end is kept, and tells what the console said") {
  Fixture f;
  f.createAndStart();
  f.host.say("hello");
  CHECK(f.run(f.service.postmortem("web")).error().code == Errc::NotFound);

  f.host.end(1, std::nullopt, "vfkit exited with code 1");
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
  while (!contains(f.eventTypes(), "vm.black-box"))
    f.context.run_one_for(kLong);
  const auto box = f.run(f.service.postmortem("web"));

  REQUIRE(box);
  CHECK(box->find("vfkit exited with code 1") != std::string::npos);
  CHECK(box->find("hello") != std::string::npos);
  CHECK(box->find("/fake/vfkit") != std::string::npos);
  CHECK(box->find("vm.starting") != std::string::npos);
}

TEST_CASE("what is done through the runner's own socket shows in the state and the events") {
  Fixture f;
  f.createAndStart();

  const auto answer = f.run(f.service.askRunner("web", RunnerQuestion{"POST", "/vm/state", "pause"}, "user"));

  REQUIRE(answer);
  CHECK(answer->status == 202);
  CHECK(f.service.find("web")->vm.state == State::Paused);
  REQUIRE(f.run(f.service.askRunner("web", RunnerQuestion{"POST", "/vm/state", "stop"}, "user")));
  CHECK(contains(f.eventTypes(), "vm.power-button"));
}

TEST_CASE("a VM that does not run has no runner to ask") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));

  const auto answer = f.run(f.service.askRunner("web", RunnerQuestion{"GET", "/vm/state", ""}, "user"));

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::WrongState);
}

TEST_CASE("a guest that has stopped while its runner stays is killed soon, not after the whole grace") {
  Fixture f(SupervisorSettings{.stuckLimit = Milliseconds(40)});
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto stop = f.run(f.service.stop("web", patiently(), "user"));
  f.host.state = RunnerState::Stopped;

  const auto operation = ended(f, stop);

  CHECK(operation.state == OperationState::Succeeded);
  CHECK(contains(f.eventTypes(), "vm.runner-stuck"));
  CHECK(f.host.calls == std::vector<std::string>{"launch", "Stop", "kill"});
}
