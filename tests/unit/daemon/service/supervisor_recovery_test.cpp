#include <doctest/doctest.h>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

StopRequest patiently() {
  StopRequest request;
  request.timeout = kLong;
  return request;
}

ServiceSettings bootedAs(const Fixture& f, const std::string& boot) {
  auto settings = f.settings({});
  settings.bootId = boot;
  return settings;
}

void settle(Fixture& f, VmService& service) {
  REQUIRE(f.run(service.open()));
}

/// With everything that it had begun.
void end(Fixture& f, VmService& service) {
  service.shutDown();
  f.context.restart();
  f.context.poll();
}

}  // namespace

TEST_CASE("a start that the daemon's death cut goes on when its runner lives") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.stateAfterLaunch = RunnerState::Starting;
  const auto start = f.run(f.service.start("web", "user"));
  REQUIRE(start);
  while (!f.host.held)
    f.context.run_one_for(kLong);
  f.service.shutDown();
  f.host.state = RunnerState::Running;
  VmService again(f.ports(), f.settings({}));

  settle(f, again);
  const auto operation = f.run(again.waitOperation(start->operation->id, kLong));

  REQUIRE(operation);
  CHECK(operation->state == OperationState::Succeeded);
  again.shutDown();
}

TEST_CASE("a start whose runner did not survive the daemon fails, and says that the daemon was restarted or why") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.stateAfterLaunch = RunnerState::Starting;
  const auto start = f.run(f.service.start("web", "user"));
  while (!f.host.held)
    f.context.run_one_for(kLong);
  f.service.shutDown();
  f.host.end(std::nullopt, 9, "killed");
  VmService again(f.ports(), f.settings({}));

  settle(f, again);

  CHECK(again.operation(start->operation->id)->state == OperationState::Failed);
  CHECK(again.find("web")->vm.state == State::Stopped);
  again.shutDown();
}

TEST_CASE("the end of the run before is not told again for a start that was cut while it was being stopped") {
  Fixture f;
  f.createAndStart();
  f.host.end(3, std::nullopt, "vfkit exited with code 3");
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
  f.service.shutDown();
  Vm cut = f.store.vms().begin()->second;
  REQUIRE(cut.lastExit);
  cut.state = State::Stopping;
  cut.stateSince = now();
  REQUIRE(f.run(f.store.update(cut, {})));
  VmService again(f.ports(), f.settings());

  settle(f, again);

  CHECK(again.find("web")->vm.state == State::Stopped);
  CHECK(again.find("web")->vm.reason == "the daemon ended before the runner was started");
  CHECK_FALSE(again.find("web")->vm.lastExit->code);
  end(f, again);
}

TEST_CASE("what ran when the host went down says so, and what a record tells is believed") {
  Fixture f;
  f.createAndStart();
  f.service.shutDown();
  VmService before(f.ports(), bootedAs(f, "boot 1"));
  settle(f, before);
  end(f, before);
  std::string reason = "the host was restarted while it ran";
  std::string boot = "boot 2";
  f.host.end(std::nullopt, std::nullopt, "nobody knows");
  SUBCASE("with no record") {}
  SUBCASE("with a record") {
    f.host.end(3, std::nullopt, "vfkit exited with code 3");
    reason = "vfkit exited with code 3";
  }
  SUBCASE("in the same boot") {
    boot = "boot 1";
    reason = "nobody knows";
  }
  VmService again(f.ports(), bootedAs(f, boot));

  settle(f, again);

  CHECK(again.find("web")->vm.state == State::Stopped);
  CHECK(again.find("web")->vm.reason == reason);
  end(f, again);
}

TEST_CASE("what the power or somebody else took of a vm.json is written again, in whichever boot") {
  Fixture f;
  const auto created = f.run(f.service.create(f.definition(), "user"));
  REQUIRE(created);
  f.service.shutDown();
  const auto record = f.folder.path / "state/vms" / created->vm.id / "vm.json";
  VmService before(f.ports(), bootedAs(f, "boot 1"));
  settle(f, before);
  end(f, before);
  std::ofstream(record) << "{";
  std::string boot = "boot 2";
  SUBCASE("in another boot") {}
  SUBCASE("in the same boot") {
    boot = "boot 1";
  }
  VmService again(f.ports(), bootedAs(f, boot));

  settle(f, again);

  CHECK(std::filesystem::file_size(record) > 1);
  end(f, again);
}

TEST_CASE("an operation that was never begun fails as cut by the restart") {
  Fixture f;
  const auto created = f.run(f.service.create(f.definition(), "user"));
  REQUIRE(created);
  VmOperation cut;
  cut.id = "0001";
  cut.kind = OperationKind::Start;
  cut.vmId = created->vm.id;
  cut.vmName = "web";
  cut.createdAt = cut.updatedAt = now();
  REQUIRE(f.run(f.store.saveOperation(cut)));
  VmService again(f.ports(), f.settings({}));

  settle(f, again);

  const auto operation = again.operation("0001");
  REQUIRE(operation);
  CHECK(operation->state == OperationState::Failed);
  CHECK(operation->error->code == Errc::DaemonRestarted);
  again.shutDown();
}

TEST_CASE("a stop goes on after the daemon's death with the time that it was given") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto stop = f.run(f.service.stop("web", patiently(), "user"));
  REQUIRE(stop);
  f.service.shutDown();
  f.host.guestHearsPowerButton = true;
  VmService again(f.ports(), f.settings({}));

  settle(f, again);
  const auto operation = f.run(again.waitOperation(stop->operation->id, kLong));

  REQUIRE(operation);
  CHECK(operation->state == OperationState::Succeeded);
  CHECK(operation->stop->timeout == kLong);
  again.shutDown();
}

TEST_CASE("a restart goes on after the daemon's death until the guest runs again") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  const auto restart = f.run(f.service.restart("web", patiently(), "user"));
  REQUIRE(restart);
  f.service.shutDown();
  f.host.guestHearsPowerButton = true;
  VmService again(f.ports(), f.settings({}));

  settle(f, again);
  const auto operation = f.run(again.waitOperation(restart->operation->id, kLong));

  REQUIRE(operation);
  CHECK(operation->state == OperationState::Succeeded);
  CHECK(again.find("web")->vm.state == State::Running);
  again.shutDown();
}

TEST_CASE("a guest that was paused while no daemon watched is seen as paused") {
  Fixture f;
  f.createAndStart();
  f.service.shutDown();
  f.host.state = RunnerState::Paused;
  VmService again(f.ports(), f.settings({}));

  settle(f, again);

  CHECK(f.run(again.wait("web", WaitFor::Paused, kLong)));
  again.shutDown();
}

TEST_CASE("a VM that waited for its next start is started by the next daemon") {
  Fixture f;
  auto wanted = f.definition();
  wanted.restart.policy = RestartPolicy::Always;
  wanted.restart.backoff = Milliseconds(200);
  REQUIRE(f.run(f.service.create(wanted, "user")));
  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));
  f.host.end(0, std::nullopt, "the guest powered off");
  while (f.service.find("web")->vm.state != State::Restarting)
    f.context.run_one_for(kLong);
  f.service.shutDown();
  VmService again(f.ports(), f.settings({}));

  settle(f, again);

  CHECK(f.run(again.wait("web", WaitFor::Running, kLong)));
  again.shutDown();
}

TEST_CASE("what the shutdown of the host stopped is still wanted, and starts with the next boot") {
  Fixture f;
  for (const auto* name : {"wanted", "unwanted"}) {
    auto always = f.definition(name);
    always.restart.policy = RestartPolicy::Always;
    REQUIRE(f.run(f.service.create(always, "user")));
  }
  {
    VmService first(f.ports(), bootedAs(f, "boot-1"));
    settle(f, first);
    REQUIRE(f.run(first.start("wanted", "user")));
    REQUIRE(f.run(first.wait("wanted", WaitFor::Running, kLong)));
    REQUIRE(f.run(first.stop("wanted", quickly(), kHostShutdown)));
    const auto stopped = f.run(first.wait("wanted", WaitFor::Stopped, kLong));
    REQUIRE(stopped);
    CHECK(stopped->vm.desired == Desired::Running);
    first.shutDown();
  }
  VmService second(f.ports(), bootedAs(f, "boot-2"));

  settle(f, second);
  while (second.find("wanted")->vm.state != State::Running && f.context.run_one_for(kLong) != 0)
    continue;

  CHECK(second.find("wanted")->vm.state == State::Running);
  CHECK(second.find("unwanted")->vm.state == State::Stopped);
  second.shutDown();
}

TEST_CASE("a VM with autostart starts once in each boot of the host") {
  Fixture f;
  auto wanted = f.definition();
  wanted.autostart.enable = true;
  REQUIRE(f.run(f.service.create(wanted, "user")));
  REQUIRE(f.run(f.service.create(f.definition("other"), "user")));
  {
    VmService first(f.ports(), bootedAs(f, "boot-1"));
    settle(f, first);
    REQUIRE(f.run(first.wait("web", WaitFor::Running, kLong)));
    REQUIRE(f.run(first.stop("web", quickly(), "user")));
    REQUIRE(f.run(first.wait("web", WaitFor::Stopped, kLong)));
    while (!*f.run(f.store.fact("boot")))
      f.context.run_one_for(kLong);
    first.shutDown();
  }
  {
    VmService sameBoot(f.ports(), bootedAs(f, "boot-1"));
    settle(f, sameBoot);
    CHECK_FALSE(f.run(sameBoot.wait("web", WaitFor::Running, Milliseconds(50))));
    sameBoot.shutDown();
  }
  VmService nextBoot(f.ports(), bootedAs(f, "boot-2"));
  settle(f, nextBoot);

  CHECK(f.run(nextBoot.wait("web", WaitFor::Running, kLong)));
  CHECK(nextBoot.find("other")->vm.state == State::Stopped);
  nextBoot.shutDown();
}

TEST_CASE("a daemon that is about to end starts nothing with the host") {
  Fixture f;
  auto wanted = f.definition();
  wanted.autostart.enable = true;
  wanted.autostart.delay = Milliseconds(50);
  REQUIRE(f.run(f.service.create(wanted, "user")));
  VmService ending(f.ports(), bootedAs(f, "boot-1"));
  settle(f, ending);

  ending.holdStarts();

  CHECK_FALSE(f.run(ending.wait("web", WaitFor::Running, Milliseconds(150))));
  end(f, ending);
}

TEST_CASE("a stop that the daemon's death cut is still that of who asked for it") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  REQUIRE(f.run(f.service.stop("web", patiently(), "user")));
  f.service.shutDown();
  VmService again(f.ports(), f.settings({}));
  settle(f, again);

  f.host.end(0, std::nullopt, "the guest powered off");
  REQUIRE(f.run(again.wait("web", WaitFor::Stopped, kLong)));

  const auto events = f.run(again.events(EventQuery{}))->events;
  const auto stopped = std::find_if(events.begin(), events.end(), [](const auto& e) { return e.type == "vm.stopped"; });
  REQUIRE(stopped != events.end());
  CHECK(stopped->cause == Cause("user"));
  end(f, again);
}

namespace {

/// A database with a sign of readiness, a service that starts after it, one that starts after that, and a stranger.
void createFour(Fixture& f) {
  auto database = f.definition("db");
  database.autostart.enable = true;
  Probe probe{Sign(TcpSign{"127.0.0.1:5432"})};
  probe.timing.interval = Milliseconds(100);
  database.readiness = {probe};
  auto web = f.definition("web");
  web.autostart.enable = true;
  web.autostart.startAfter = {"db"};
  REQUIRE(f.run(f.service.create(database, "user")));
  REQUIRE(f.run(f.service.create(web, "user")));
  auto front = f.definition("x-front");
  front.autostart.enable = true;
  front.autostart.startAfter = {"web"};
  REQUIRE(f.run(f.service.create(front, "user")));
  auto stranger = f.definition("zoo");
  stranger.autostart.enable = true;
  REQUIRE(f.run(f.service.create(stranger, "user")));
}

}  // namespace

TEST_CASE("what somebody stops while VMs start with the host is not started by the next daemon either") {
  Fixture f;
  createFour(f);
  {
    VmService first(f.ports(), bootedAs(f, "boot-1"));
    settle(f, first);
    REQUIRE(f.run(first.wait("db", WaitFor::Running, kLong)));
    REQUIRE(f.run(first.wait("zoo", WaitFor::Running, kLong)));
    REQUIRE(f.run(first.stop("x-front", quickly(), "user")));
    CHECK(first.find("web")->vm.state == State::Stopped);
    end(f, first);
  }
  f.host.end(0, std::nullopt, "the guest powered off");
  VmService sameBoot(f.ports(), bootedAs(f, "boot-1"));

  settle(f, sameBoot);
  REQUIRE(f.run(sameBoot.wait("web", WaitFor::Running, kLong)));
  while (f.run(f.store.fact("autostart-due"))->value_or("?") != "")
    f.context.run_one_for(kLong);

  const auto events = f.run(sameBoot.events(EventQuery{}))->events;
  const auto startsOf = [&](const std::string& name) {
    return std::count_if(events.begin(), events.end(),
                         [&](const VmEvent& event) { return event.vmName == name && event.type == "vm.starting"; });
  };
  CHECK(startsOf("web") == 1);
  CHECK(startsOf("db") == 1);
  CHECK(startsOf("x-front") == 0);
  end(f, sameBoot);
}

TEST_CASE("a VM starts with the host once those are ready that it starts after") {
  Fixture f;
  createFour(f);
  VmService booted(f.ports(), bootedAs(f, "boot-1"));
  settle(f, booted);
  REQUIRE(f.run(booted.wait("db", WaitFor::Running, kLong)));
  CHECK(f.run(booted.wait("zoo", WaitFor::Running, kLong)));
  CHECK_FALSE(f.run(booted.wait("web", WaitFor::Running, Milliseconds(50))));
  CHECK(booted.find("x-front")->vm.state == State::Stopped);

  f.probes.tcpResult = std::string("it accepts");

  CHECK(f.run(booted.wait("web", WaitFor::Running, kLong)));
  CHECK(f.run(booted.wait("x-front", WaitFor::Running, kLong)));
  CHECK_FALSE(contains(f.eventTypes(), "vm.start-after-given-up"));
  end(f, booted);
}

TEST_CASE("one that does not become ready is given up, and that is told") {
  Fixture f;
  createFour(f);
  auto settings = bootedAs(f, "boot-1");
  settings.startAfterLimit = Milliseconds(50);
  VmService booted(f.ports(), settings);
  settle(f, booted);

  CHECK(f.run(booted.wait("web", WaitFor::Running, kLong)));

  const auto page = f.run(booted.events(EventQuery{}));
  const auto told = std::find_if(page->events.begin(), page->events.end(),
                                 [](const VmEvent& event) { return event.type == "vm.start-after-given-up"; });
  REQUIRE(told != page->events.end());
  CHECK(told->vmName == "web");
  CHECK(told->cause.kind == "autostart");
  CHECK(told->detail.starts_with("started although db is not ready: VM db: Ready is False after 50ms: "));
  CHECK(f.run(booted.wait("x-front", WaitFor::Running, kLong)));
  end(f, booted);
}
