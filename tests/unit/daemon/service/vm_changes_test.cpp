// Changes of definitions, names and clones.
#include <filesystem>
#include <fstream>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

DefinitionChange changed(const Definition& definition, std::uint64_t generation) {
  return DefinitionChange{Draft(definition), generation};
}

Vm vmOf(Fixture& f, const std::string& name = "web") {
  const auto view = f.service.find(name);
  REQUIRE(view);
  return view->vm;
}

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a changed definition is kept, with its generation, its event and its record") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  Definition wanted = f.definition();
  wanted.cpus = 4;

  const auto view = f.run(f.service.change("web", changed(wanted, 1), "user"));

  REQUIRE(view);
  CHECK(view->vm.generation == 2);
  CHECK(view->vm.definition.cpus == 4);
  CHECK_FALSE(view->vm.launched);
  CHECK(f.store.vms().at(view->vm.id).definition.cpus == 4);
  CHECK(f.eventTypes() == std::vector<std::string>{"vm.created", "vm.changed"});
  CHECK(contentOf(f.folder.path / "state/vms" / view->vm.id / "vm.json").find("\"cpus\": 4") != std::string::npos);
}

TEST_CASE("the same definition again changes nothing") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));

  const auto view = f.run(f.service.change("web", changed(f.definition(), 1), "user"));

  REQUIRE(view);
  CHECK(view->vm.generation == 1);
  CHECK(f.eventTypes() == std::vector<std::string>{"vm.created"});
}

TEST_CASE("a change of another generation is refused") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  Definition wanted = f.definition();
  wanted.cpus = 4;
  REQUIRE(f.run(f.service.change("web", changed(wanted, 1), "user")));
  wanted.cpus = 5;

  const auto late = f.run(f.service.change("web", changed(wanted, 1), "user"));

  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::PreconditionFailed);
  CHECK(vmOf(f).definition.cpus == 4);
}

TEST_CASE("a definition that cannot be used changes nothing") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  Definition wanted = f.definition();
  wanted.cpus = 0;
  wanted.boot = LinuxBoot{"/none", {}, {}};

  const auto refused = f.run(f.service.change("web", changed(wanted, 1), "user"));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().errors.size() == 2);
  CHECK(vmOf(f).generation == 1);
}

TEST_CASE("labels change though the host lacks a file by now") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  Definition wanted = f.definition();
  std::filesystem::remove(f.folder.path / "kernel");
  wanted.labels["team"] = "infra";

  CHECK(f.run(f.service.change("web", changed(wanted, 1), "user")));
  wanted.labels["bad key"] = "x";
  CHECK_FALSE(f.run(f.service.change("web", changed(wanted, 2), "user")));
}

TEST_CASE("a running VM keeps what it was started with until its next start") {
  Fixture f;
  f.createAndStart();
  Definition wanted = f.definition();
  wanted.cpus = 4;
  REQUIRE(f.run(f.service.change("web", changed(wanted, 1), "user")));

  REQUIRE(vmOf(f).launched);
  CHECK(vmOf(f).launched->cpus == 1);
  CHECK(f.store.vms().at(vmOf(f).id).launched);
  wanted.cpus = 1;
  REQUIRE(f.run(f.service.change("web", changed(wanted, 2), "user")));
  CHECK_FALSE(vmOf(f).launched);
  wanted.cpus = 2;
  REQUIRE(f.run(f.service.change("web", changed(wanted, 3), "user")));
  REQUIRE(f.run(f.service.kill("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
  CHECK_FALSE(vmOf(f).launched);
}

TEST_CASE("the shim of a running VM is told how it stops by now") {
  Fixture f;
  f.createAndStart();
  CHECK_FALSE(f.host.stopTold);
  auto wanted = f.service.find("web")->vm.definition;
  wanted.stop.timeout = Milliseconds(5'000);
  wanted.stop.onHostShutdown = OnHostShutdown::Leave;

  REQUIRE(f.run(f.service.change("web", DefinitionChange{Draft(wanted), 1}, "user")));
  while (!f.host.stopTold)
    f.context.run_one_for(kLong);

  CHECK(f.host.stopTold == wanted.stop);

  f.host.stopTold.reset();
  f.service.shutDown();
  VmService next(f.ports(), f.settings());
  REQUIRE(f.run(next.open()));
  while (!f.host.stopTold)
    f.context.run_one_for(kLong);

  CHECK(f.host.stopTold == wanted.stop);  // the last daemon may have ended before it told its shim
  f.end(next);
}

TEST_CASE("what counts at once is not pending") {
  Fixture f;
  f.createAndStart();
  Definition wanted = f.definition();
  wanted.restart.policy = RestartPolicy::Always;

  REQUIRE(f.run(f.service.change("web", changed(wanted, 1), "user")));

  CHECK_FALSE(vmOf(f).launched);
}

TEST_CASE("an interface without a MAC keeps the one at its place") {
  Fixture f;
  Definition wanted = f.definition();
  wanted.interfaces.resize(1);
  REQUIRE(f.run(f.service.create(wanted, "user")));
  const auto mac = vmOf(f).definition.interfaces[0].mac;
  wanted.interfaces.resize(2);

  REQUIRE(f.run(f.service.change("web", changed(wanted, 1), "user")));

  CHECK(vmOf(f).definition.interfaces[0].mac == mac);
  CHECK_FALSE(vmOf(f).definition.interfaces[1].mac.empty());
  CHECK(vmOf(f).definition.interfaces[1].mac != mac);
}

TEST_CASE("a change that cannot be kept leaves VM and record as they were") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  Definition wanted = f.definition();
  wanted.cpus = 4;
  f.store.failNextWrite(Error{Errc::DiskFull, "no space", {}, {}});

  const auto refused = f.run(f.service.change("web", changed(wanted, 1), "user"));

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::DiskFull);
  CHECK(vmOf(f).generation == 1);
  CHECK(contentOf(f.folder.path / "state/vms" / vmOf(f).id / "vm.json").find("\"cpus\": 1") != std::string::npos);
}

TEST_CASE("a VM is found by its new name, running or not") {
  Fixture f;
  f.createAndStart();
  Definition wanted = f.definition("db");

  const auto renamed = f.run(f.service.change("web", changed(wanted, 1), "user"));

  REQUIRE(renamed);
  CHECK_FALSE(f.service.find("web"));
  CHECK(vmOf(f, "db").state == State::Running);
  CHECK_FALSE(vmOf(f, "db").launched);
  REQUIRE(f.run(f.service.create(f.definition("web"), "user")));
  CHECK(f.run(f.service.kill("db", "user")));
}

TEST_CASE("a name that is taken, or that others start after, is no new name") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition("web"), "user")));
  Definition db = f.definition("db");
  db.autostart.startAfter = {"web"};
  REQUIRE(f.run(f.service.create(db, "user")));

  const auto taken = f.run(f.service.change("web", changed(f.definition("db"), 1), "user"));
  const auto named = f.run(f.service.change("web", changed(f.definition("other"), 1), "user"));

  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Errc::AlreadyExists);
  REQUIRE_FALSE(named);
  CHECK(named.error().code == Errc::InUse);
}

TEST_CASE("a VM that is protected while it is killed to be deleted is not deleted") {
  Fixture f;
  f.createAndStart();
  std::optional<Result<void>> removed;
  net::co_spawn(f.context, f.service.remove("web", true, "user"),
                [&](const std::exception_ptr&, Result<void> ended) { removed = std::move(ended); });
  const auto step = [&] { return f.context.run_one_for(kLong) != 0; };
  f.context.restart();
  while (f.service.find("web")->vm.state == State::Running && step()) {
  }

  Definition wanted = f.service.find("web")->vm.definition;
  wanted.isProtected = true;
  REQUIRE(f.run(f.service.change("web", changed(wanted, 1), "user")));
  while (!removed && step()) {
  }

  REQUIRE(removed);
  REQUIRE_FALSE(*removed);
  CHECK(removed->error().code == Errc::Protected);
  CHECK(f.service.find("web"));
}

TEST_CASE("a protected VM is not deleted, with force neither") {
  Fixture f;
  Definition wanted = f.definition();
  wanted.isProtected = true;
  REQUIRE(f.run(f.service.create(wanted, "user")));

  const auto refused = f.run(f.service.remove("web", true, "user"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Protected);
  wanted.isProtected = false;
  REQUIRE(f.run(f.service.change("web", changed(wanted, 1), "user")));

  CHECK(f.run(f.service.remove("web", false, "user")));
}

TEST_CASE("a clone has copies of what its VM writes, and its own addresses") {
  Fixture f;
  Definition wanted = f.definition();
  wanted.labels["team"] = "infra";
  wanted.isProtected = true;
  wanted.interfaces.resize(1);
  wanted.volumes.resize(3);
  wanted.volumes[0].source = ImageFile{f.folder.file("root.img", std::string(4096, 'r'))};
  wanted.volumes[1].source = ImageFile{f.folder.file("base.img", std::string(4096, 'b'))};
  wanted.volumes[1].readOnly = true;
  ImageFile later{(f.folder.path / "later.img").string()};
  later.size = 1024 * 1024;
  later.autoCreate = true;
  wanted.volumes[2].source = later;
  REQUIRE(f.run(f.service.create(wanted, "user")));

  const auto cloned = f.run(f.service.clone("web", "web-2", "user"));

  REQUIRE_MESSAGE(cloned, cloned.error().detail);
  const auto& copy = cloned->vm.definition;
  const auto pathOf = [&](std::size_t i) { return std::get<ImageFile>(copy.volumes[i].source).path; };
  CHECK(copy.name == "web-2");
  CHECK(copy.labels == wanted.labels);
  CHECK_FALSE(copy.isProtected);
  CHECK(copy.interfaces[0].mac != vmOf(f).definition.interfaces[0].mac);
  CHECK(contentOf(pathOf(0)) == std::string(4096, 'r'));
  CHECK(pathOf(0) != std::get<ImageFile>(wanted.volumes[0].source).path);
  CHECK(pathOf(1) == std::get<ImageFile>(wanted.volumes[1].source).path);
  CHECK_FALSE(std::filesystem::exists(pathOf(2)));
  REQUIRE(f.run(f.service.start("web-2", "user")));
  REQUIRE(f.run(f.service.start("web", "user")));
  REQUIRE(f.run(f.service.wait("web-2", WaitFor::Running, kLong)));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Running, kLong)));
  CHECK(f.run(f.service.remove("web-2", true, "user")));
  CHECK_FALSE(std::filesystem::exists(pathOf(0)));
}

TEST_CASE("only a stopped VM is cloned, under a free and good name, and nothing is left of what fails") {
  Fixture f;
  f.createAndStart();

  const auto running = f.run(f.service.clone("web", "web-2", "user"));
  REQUIRE_FALSE(running);
  CHECK(running.error().code == Errc::WrongState);
  REQUIRE(f.run(f.service.kill("web", "user")));
  REQUIRE(f.run(f.service.wait("web", WaitFor::Stopped, kLong)));
  CHECK_FALSE(f.run(f.service.clone("web", "web", "user")));
  CHECK_FALSE(f.run(f.service.clone("web", "No Name", "user")));
  f.store.failNextWrite(Error{Errc::DiskFull, "no space", {}, {}});
  CHECK_FALSE(f.run(f.service.clone("web", "web-2", "user")));

  CHECK(f.service.list().size() == 1);
  const std::filesystem::directory_iterator vms(f.folder.path / "state/vms");
  CHECK(std::distance(vms, std::filesystem::directory_iterator()) == 1);
}

TEST_CASE("what a reader makes of a snapshot is kept until the VM changes") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  const auto snapshot = f.service.snapshot("web");
  REQUIRE(snapshot);
  CHECK((*snapshot)->text.empty());
  (*snapshot)->text = "of a reader";

  CHECK((*f.service.snapshot("web"))->text == "of a reader");
  CHECK(f.service.snapshots() == std::vector<VmSnapshotPtr>{*snapshot});
  REQUIRE(f.run(f.service.start("web", "user")));

  CHECK((*f.service.snapshot("web"))->text.empty());
}
