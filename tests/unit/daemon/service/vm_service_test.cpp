#include "daemon/service/vm_service.hpp"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

TEST_CASE("a created VM is stored, has its folder and a pinned address") {
  Fixture f;
  auto wanted = f.definition();
  wanted.interfaces.push_back({});

  const auto created = f.run(f.service.create(wanted, "user"));

  REQUIRE(created);
  CHECK(created->vm.state == State::Stopped);
  CHECK(created->vm.definition.interfaces[0].mac.size() == 17);
  CHECK(std::filesystem::exists(f.folder.path / "state/vms" / created->vm.id / "vm.json"));
  CHECK(f.run(f.store.loadAll())->size() == 1);
  CHECK(f.service.find("web"));
  CHECK(f.service.find(created->vm.id));
  CHECK(f.eventTypes() == std::vector<std::string>{"vm.created"});
}

TEST_CASE("what the host lacks is named by pointer and nothing is left behind") {
  Fixture f;
  auto wanted = f.definition();
  wanted.boot = LinuxBoot{"/nowhere/kernel", {}, {}};
  wanted.volumes.push_back({ImageFile{"/nowhere/disk.img"}});
  wanted.shares.push_back({"src", "/nowhere/src", "", false});

  const auto created = f.run(f.service.create(wanted, "user"));

  REQUIRE_FALSE(created);
  CHECK(created.error().code == Errc::Invalid);
  REQUIRE(created.error().errors.size() == 3);
  CHECK(created.error().errors[0].pointer == "/spec/boot/linux/kernel");
  CHECK(created.error().errors[1].pointer == "/spec/volumes/0/image");
  CHECK(created.error().errors[2].pointer == "/spec/shares/0/source");
  CHECK_FALSE(std::filesystem::exists(f.folder.path / "state/vms"));
  CHECK(f.service.list().empty());
}

TEST_CASE("a name is given once, and is free again after a creation that failed") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));

  const auto again = f.run(f.service.create(f.definition(), "user"));
  f.store.failNextWrite(Error{Errc::DiskFull, "full", {}, {}});
  const auto failed = f.run(f.service.create(f.definition("other"), "user"));

  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::AlreadyExists);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::DiskFull);
  CHECK(std::distance(std::filesystem::directory_iterator(f.folder.path / "state/vms"), {}) == 1);
  CHECK(f.run(f.service.create(f.definition("other"), "user")));
}

TEST_CASE("a started VM runs, and its events tell the story in order") {
  Fixture f;
  f.createAndStart();

  const auto view = *f.service.find("web");

  CHECK(view.vm.state == State::Running);
  CHECK(view.vm.desired == Desired::Running);
  CHECK(view.runnerPid == 12);
  CHECK(f.eventTypes() == std::vector<std::string>{"vm.created", "vm.starting", "vm.running"});
}

TEST_CASE("starting a running VM and stopping a stopped one succeed and change nothing") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  CHECK(f.run(f.service.stop("web", quickly(), "user")));
  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));

  CHECK(f.run(f.service.start("web", "user")));

  CHECK(std::count(f.host.calls.begin(), f.host.calls.end(), "launch") == 1);
}

TEST_CASE("a stop asks the guest and ends when it has powered off") {
  Fixture f;
  f.createAndStart();

  REQUIRE(f.run(f.service.stop("web", quickly(), "user")));
  const auto stopped = f.run(f.service.wait("web", WaitFor::Stopped, kLong));

  REQUIRE(stopped);
  CHECK(stopped->vm.desired == Desired::Stopped);
  CHECK(stopped->vm.lastExit->code == 0);
  CHECK_FALSE(stopped->runnerPid);
  CHECK(f.host.calls == std::vector<std::string>{"launch", "Stop"});
  const auto types = f.eventTypes();
  CHECK(contains(types, "vm.stopping"));
  CHECK(contains(types, "vm.power-button"));
  CHECK(types.back() == "vm.stopped");
}

TEST_CASE("a guest that does not hear is stopped hard after its time") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;

  REQUIRE(f.run(f.service.stop("web", quickly(), "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));

  CHECK(f.host.calls == std::vector<std::string>{"launch", "Stop", "HardStop"});
  CHECK(contains(f.eventTypes(), "vm.hard-stop"));
}

TEST_CASE("a stop that must not escalate gives up, says so, and the VM runs on") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  StopRequest gentle = quickly();
  gentle.escalate = false;

  REQUIRE(f.run(f.service.stop("web", gentle, "user")));
  const auto waited = f.run(f.service.wait("web", WaitFor::Stopped, kLong));

  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::Timeout);
  CHECK(f.service.find("web")->vm.state == State::Running);
  CHECK(f.service.find("web")->vm.desired == Desired::Running);
  CHECK(f.eventTypes().back() == "vm.stop-given-up");
}

TEST_CASE("a paused guest is resumed before it is asked to power off") {
  Fixture f;
  f.createAndStart();
  f.host.state = RunnerState::Paused;

  REQUIRE(f.run(f.service.stop("web", quickly(), "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));

  CHECK(f.host.calls == std::vector<std::string>{"launch", "Resume", "Stop"});
}

TEST_CASE("a kill takes the runner at once") {
  Fixture f;
  f.createAndStart();

  REQUIRE(f.run(f.service.kill("web", "user")));
  const auto stopped = f.run(f.service.wait("web", WaitFor::Stopped, kLong));

  REQUIRE(stopped);
  CHECK(stopped->vm.lastExit->signal == 9);
  CHECK(f.host.calls == std::vector<std::string>{"launch", "kill"});
}

TEST_CASE("a launch that fails is told to who waits, and the VM can be started again") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.launchError = Error{Errc::RunnerFailed, "vfkit cannot be run", {}, {}};

  REQUIRE(f.run(f.service.start("web", "user")));
  const auto waited = f.run(f.service.wait("web", WaitFor::Running, kLong));
  f.host.launchError.reset();

  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::RunnerFailed);
  CHECK(waited.error().detail.find("vfkit cannot be run") != std::string::npos);
  CHECK(contains(f.eventTypes(), "vm.start-failed"));
  REQUIRE(f.run(f.service.start("web", "user")));
  CHECK(f.run(f.service.wait("web", WaitFor::Running, kLong)));
}

TEST_CASE("a runner that is not there refuses the start before anything changes") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.commandLineError = Error{Errc::RunnerMissing, "there is no vfkit", {}, {}};

  const auto started = f.run(f.service.start("web", "user"));

  REQUIRE_FALSE(started);
  CHECK(started.error().code == Errc::RunnerMissing);
  CHECK(f.service.find("web")->vm.desired == Desired::Stopped);
  CHECK(f.eventTypes() == std::vector<std::string>{"vm.created"});
}

TEST_CASE("a runner that never says Running is killed and the reason is kept") {
  Fixture f(SupervisorSettings{Milliseconds(40)});
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.host.stateAfterLaunch = RunnerState::Starting;

  REQUIRE(f.run(f.service.start("web", "user")));
  const auto waited = f.run(f.service.wait("web", WaitFor::Running, kLong));

  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::RunnerFailed);
  CHECK(waited.error().detail.find("within 40ms") != std::string::npos);
  CHECK(contains(f.host.calls, "kill"));
}

TEST_CASE("a guest that powers itself off wanted to stop, a runner that dies did not") {
  Fixture f;
  f.createAndStart();
  f.host.end(0, std::nullopt, "the guest powered off");
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
  CHECK(f.service.find("web")->vm.desired == Desired::Stopped);

  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));
  f.host.end(std::nullopt, 11, "vfkit was ended by signal 11");
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));

  CHECK(f.service.find("web")->vm.desired == Desired::Running);
  CHECK(f.service.find("web")->vm.reason == "vfkit was ended by signal 11");
}

TEST_CASE("a start that cannot be recorded is not begun") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  f.store.failNextWrite(Error{Errc::DiskFull, "full", {}, {}});

  const auto started = f.run(f.service.start("web", "user"));

  REQUIRE_FALSE(started);
  CHECK(started.error().code == Errc::DiskFull);
  CHECK(f.host.calls.empty());
  CHECK(f.service.find("web")->vm.state == State::Stopped);
}

TEST_CASE("an exit that cannot be recorded is true all the same") {
  Fixture f;
  f.createAndStart();
  f.store.failNextWrite(Error{Errc::DiskFull, "full", {}, {}});

  f.host.end(0, std::nullopt, "the guest powered off");

  CHECK(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
}

TEST_CASE("a running VM is deleted only by force, and then nothing of it is left") {
  Fixture f;
  f.createAndStart();

  const auto refused = f.run(f.service.remove("web", false, "user"));
  const auto removed = f.run(f.service.remove("web", true, "user"));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::WrongState);
  CHECK(removed);
  CHECK_FALSE(f.service.find("web"));
  CHECK(std::filesystem::is_empty(f.folder.path / "state/vms"));
  CHECK(f.run(f.store.loadAll())->empty());
  CHECK(f.eventTypes().back() == "vm.deleted");
}

TEST_CASE("an image in use by a running VM refuses the start of another, unless both only read") {
  Fixture f;
  const auto image = f.folder.file("disk.img", "data");
  auto first = f.definition();
  first.volumes.push_back({ImageFile{image}});
  auto second = f.definition("db");
  second.volumes.push_back({ImageFile{image}, "", true});
  REQUIRE(f.run(f.service.create(first, "user")));
  REQUIRE(f.run(f.service.create(second, "user")));
  REQUIRE(f.run(f.service.start("web", "user")));

  const auto started = f.run(f.service.start("db", "user"));

  REQUIRE_FALSE(started);
  CHECK(started.error().code == Errc::InUse);
  CHECK(started.error().detail.find("web") != std::string::npos);
}

TEST_CASE("a VM that ran when the daemon died is adopted if somebody holds it") {
  Fixture f;
  f.createAndStart();
  VmService again(f.ports(), f.settings({}));

  REQUIRE(f.run(again.open()));
  const auto running = f.run(again.wait("web", WaitFor::Running, kLong));

  REQUIRE(running);
  CHECK(again.isReady());
  CHECK(contains(f.eventTypes(), "vm.adopted"));
  f.host.end(0, std::nullopt, "the guest powered off");
  CHECK(f.run(again.wait("web", WaitFor::Stopped, kLong)));
}

TEST_CASE("a VM that ended while no daemon watched is stopped, with how it ended if that is known") {
  Fixture f;
  f.createAndStart();
  f.service.shutDown();
  f.host.end(3, std::nullopt, "vfkit exited with code 3");
  VmService again(f.ports(), f.settings({}));

  REQUIRE(f.run(again.open()));

  const auto view = *again.find("web");
  CHECK(view.vm.state == State::Stopped);
  CHECK(view.vm.lastExit->code == 3);
  CHECK(view.vm.reason == "vfkit exited with code 3");
}

TEST_CASE("a stop that the daemon's death cut goes on") {
  Fixture f;
  f.createAndStart();
  f.host.guestHearsPowerButton = false;
  StopRequest patient;
  patient.timeout = kLong;
  REQUIRE(f.run(f.service.stop("web", patient, "user")));
  f.service.shutDown();
  f.host.guestHearsPowerButton = true;
  VmService again(f.ports(), f.settings({}));

  REQUIRE(f.run(again.open()));

  CHECK(f.run(again.wait("web", WaitFor::Stopped, kLong)));
}

TEST_CASE("waiting for what does not come ends with a timeout that names the state") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));

  const auto waited = f.run(f.service.wait("web", WaitFor::Running, Milliseconds(20)));

  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::Timeout);
  CHECK(waited.error().detail.find("stopped") != std::string::npos);
}
