// Every write of the store fails, one after the other, while VMs are made, started, stopped and deleted. Whatever was
// kept by then, the next service tells the truth about what runs and loses nothing that was acknowledged.
#include <functional>
#include <memory>

#include <doctest/doctest.h>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

constexpr int kMostWrites = 100;

enum class Fault { Once, FromThenOn };

/// Refuses the N-th write, once or from then on.
class FailingStore final : public MemoryStore {
public:
  void arm(int write, Fault fault) {
    left_ = write;
    fault_ = fault;
    hasFailed_ = false;
  }
  /// Whether the fault came.
  bool disarm() {
    left_ = 0;
    return std::exchange(hasFailed_, false);
  }

  Task<std::vector<VmEvent>> insert(Vm vm, std::vector<VmEvent> events) override {
    if (fails()) co_return full();
    co_return co_await MemoryStore::insert(std::move(vm), std::move(events));
  }
  Task<std::vector<VmEvent>> update(Vm vm, std::vector<VmEvent> events) override {
    if (fails()) co_return full();
    co_return co_await MemoryStore::update(std::move(vm), std::move(events));
  }
  Task<std::vector<VmEvent>> remove(std::string vmId, std::vector<VmEvent> events) override {
    if (fails()) co_return full();
    co_return co_await MemoryStore::remove(std::move(vmId), std::move(events));
  }
  Task<std::vector<VmEvent>> append(std::vector<VmEvent> events) override {
    if (fails()) co_return full();
    co_return co_await MemoryStore::append(std::move(events));
  }

private:
  static Error full() { return Error{Errc::DiskFull, "the disk is full", {}, {}}; }
  bool fails() {
    if (hasFailed_ && fault_ == Fault::FromThenOn) return true;
    if (left_ == 0 || --left_ != 0) return false;
    hasFailed_ = true;
    return true;
  }

  int left_ = 0;
  Fault fault_ = Fault::Once;
  bool hasFailed_ = false;
};

/// A host with its disk, on which one service follows the other.
struct World : Ground {
  ~World() { endService(); }

  void begin() {
    service = std::make_unique<VmService>(portsWith(store), settings());
    REQUIRE(run(service->open()));
  }
  void endService() {
    if (service) end(*service);
    service.reset();
  }

  bool create() { return run(service->create(definition(), "user")).has_value(); }
  bool start() {
    return run(service->start("web", "user")).has_value() &&
           run(service->wait("web", WaitFor::Running, kLong)).has_value();
  }
  bool stop() {
    StopRequest request;
    request.timeout = Milliseconds(100);
    return run(service->stop("web", request, "user")).has_value() &&
           run(service->wait("web", WaitFor::Stopped, kLong)).has_value();
  }

  FailingStore store;
  std::unique_ptr<VmService> service;
};

struct Story {
  const char* name;
  std::function<void(World&)> before;
  std::function<bool(World&)> told;  ///< whether it was acknowledged
  bool isThereAfter;                 ///< once it was
};

void nothing(World&) {}
void made(World& w) {
  REQUIRE(w.create());
}
void running(World& w) {
  REQUIRE(w.create());
  REQUIRE(w.start());
}

bool create(World& w) {
  return w.create();
}
bool start(World& w) {
  return w.start();
}
bool stop(World& w) {
  return w.stop();
}
bool kill(World& w) {
  return w.run(w.service->kill("web", "user")).has_value();
}
bool crash(World& w) {
  w.host.end(1, std::nullopt, "vfkit exited with code 1");
  return w.run(w.service->wait("web", WaitFor::Stopped, kLong)).has_value();
}
bool removeStopped(World& w) {
  return w.run(w.service->remove("web", false, "user")).has_value();
}
bool removeByForce(World& w) {
  return w.run(w.service->remove("web", true, "user")).has_value();
}

const Story kStories[] = {
    {"create", nothing, create, true},
    {"start", made, start, true},
    {"stop", running, stop, true},
    {"kill", running, kill, true},
    {"the runner's end", running, crash, true},
    {"delete", made, removeStopped, false},
    {"delete by force", running, removeByForce, false},
};

/// What the next service says is what there is.
void checkTruth(World& world) {
  const auto found = world.service->find("web");
  if (!found) {
    CHECK_FALSE(world.host.held);
    return;
  }
  const auto state = found->vm.state;
  CHECK((state == State::Running || state == State::Starting || state == State::Stopping) == world.host.held);
  const auto stored = world.store.vms();
  REQUIRE(stored.count(found->vm.id) == 1);
  CHECK(stored.at(found->vm.id).state == state);
}

/// One story with the fault at this write; false when it has fewer writes.
bool tellWithFault(const Story& story, Fault fault, int write) {
  World world;
  world.begin();
  story.before(world);
  const bool wasThere = world.service->find("web").has_value();
  world.store.arm(write, fault);

  const bool isAcknowledged = story.told(world);
  world.endService();
  const bool hasFailed = world.store.disarm();
  world.begin();

  const bool isThere = world.service->find("web").has_value();
  CHECK(isThere == (isAcknowledged ? story.isThereAfter : wasThere));
  checkTruth(world);
  // And everything can be done with it.
  if (!isThere) CHECK(world.create());
  CHECK(world.start());
  CHECK(world.run(world.service->remove("web", true, "user")));
  CHECK_FALSE(world.host.held);
  return hasFailed;
}

}  // namespace

TEST_CASE("whatever write of the store fails, the next service finds the truth and nothing acknowledged is lost") {
  for (const auto& story : kStories) {
    CAPTURE(story.name);
    for (const auto fault : {Fault::Once, Fault::FromThenOn}) {
      CAPTURE(static_cast<int>(fault));
      int write = 1;
      for (; write < kMostWrites; ++write) {
        CAPTURE(write);
        if (!tellWithFault(story, fault, write)) break;
      }
      CHECK(write > 1);
      CHECK(write < kMostWrites);
    }
  }
}
