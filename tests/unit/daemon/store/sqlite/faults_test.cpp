// Every change of a file that the store makes fails, one after the other: what was acknowledged is there, the rest is
// there whole or not at all, and the database is sound.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/store/sqlite/database.hpp"
#include "daemon/store/sqlite/failure.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/store/sqlite/failing_vfs.hpp"

using namespace microvm;
using test::FailingVfs;
using test::Fault;

namespace {

namespace fs = std::filesystem;

constexpr int kMostChanges = 6'000;

/// A folder that can be put back to how it was when it was kept: making a database takes its time.
class Folder {
public:
  Folder() {
    fs::create_directories(path_ / "now");
    fs::create_directories(path_ / "kept");
  }
  [[nodiscard]] std::string file() const { return path_ / "now/microvm.db"; }
  void keep() const {
    fs::copy(path_ / "now", path_ / "kept", fs::copy_options::overwrite_existing | fs::copy_options::recursive);
  }
  void putBack() const {
    fs::remove_all(path_ / "now");
    fs::copy(path_ / "kept", path_ / "now");
  }

private:
  test::TempDir place_;
  fs::path path_ = place_.path();
};

Vm makeVm(const std::string& id) {
  Vm vm;
  vm.id = id;
  vm.runId = "run" + id;
  vm.definition.name = "vm" + id;
  vm.definition.boot = LinuxBoot{"/k", {}, {}};
  return vm;
}

std::vector<VmEvent> tell(const std::string& type) {
  VmEvent event;
  event.type = type;
  return {event};
}

/// What the store says.
struct Content {
  std::vector<Vm> vms;
  std::size_t events = 0;
  bool operator==(const Content&) const = default;
};

Content contentOf(Database& database) {
  return Content{database.loadAll().value(), database.events({}).value().events.size()};
}

Content contentOf(const std::string& file) {
  auto database = Database::open(file);
  REQUIRE_MESSAGE(database, database.error().detail);
  REQUIRE((*database)->verify().value().empty());
  return contentOf(**database);
}

void fill(const std::string& file) {
  auto database = Database::open(file);
  REQUIRE(database);
  for (const char* id : {"1", "2", "3"})
    REQUIRE((*database)->insert(makeVm(id), tell("vm.created")));
}

struct Operation {
  const char* name;
  std::function<bool(Database&)> run;  ///< whether it was acknowledged
};

const Operation kOperations[] = {
    {"insert", [](Database& d) { return d.insert(makeVm("4"), tell("vm.created")).has_value(); }},
    {"update",
     [](Database& d) {
       auto vm = makeVm("2");
       vm.state = State::Starting;
       return d.update(vm, tell("vm.starting")).has_value();
     }},
    {"remove", [](Database& d) { return d.remove("3", tell("vm.deleted")).has_value(); }},
    {"append", [](Database& d) { return d.append(tell("vm.kill")).has_value(); }},
    {"three together",
     [](Database& d) {
       const auto outcomes = d.writeTogether({[&d] { return d.append(tell("vm.kill")); },
                                              [&d] { return d.insert(makeVm("5"), tell("vm.created")); },
                                              [&d] {
                                                return d.saveAnswer({"key", "digest", {}, "{}"});
                                              }});
       return outcomes && outcomes->at(0) && outcomes->at(1) && outcomes->at(2);
     }},
};

struct FaultKind {
  const char* name;
  Fault fault;
  int code;
};

const FaultKind kFaults[] = {
    {"the disk is full for a moment", Fault::Once, SQLITE_FULL},
    {"a write fails", Fault::Once, SQLITE_IOERR_WRITE},
    {"a flush fails", Fault::Once, SQLITE_IOERR_FSYNC},
    {"the disk is gone from then on", Fault::FromThenOn, SQLITE_IOERR_WRITE},
    {"the disk is full from then on", Fault::FromThenOn, SQLITE_FULL},
};

/// The next change to fail: each of the first, then some of the many that are alike.
int following(int change) {
  constexpr int kFirst = 30;
  constexpr int kStride = 97;
  return change < kFirst ? change + 1 : change + kStride;
}

/// What is tried while a change of a file fails, and what is looked at when the disk is well again.
struct Trial {
  using Arm = std::function<void()>;
  std::function<void(const FaultKind& kind, const Arm& arm)> attempt;  ///< calls `arm` where the fault may begin
  std::function<void()> look;
};

/// From the kept folder, with each change failing in each way, until no change is left to fail. How many changes there
/// were, for the kind of fault that found the fewest.
int tryEachFault(const Folder& folder, const Trial& trial) {
  FailingVfs vfs;
  int fewest = kMostChanges;
  for (const auto& kind : kFaults) {
    CAPTURE(kind.name);
    int change = 1;
    for (; change < kMostChanges; change = following(change)) {
      CAPTURE(change);
      folder.putBack();
      trial.attempt(kind, [&] { vfs.arm(change, kind.fault, kind.code); });
      const bool hasFailed = vfs.disarm();
      trial.look();
      if (!hasFailed) break;
    }
    CHECK(change < kMostChanges);
    fewest = std::min(fewest, change - 1);
  }
  return fewest;
}

}  // namespace

TEST_CASE("whatever change of a file fails, an operation has happened whole or not at all") {
  const Folder folder;
  fill(folder.file());
  folder.keep();
  const Content before = contentOf(folder.file());
  for (const auto& operation : kOperations) {
    CAPTURE(operation.name);
    folder.putBack();
    REQUIRE(operation.run(*Database::open(folder.file()).value()));
    const Content done = contentOf(folder.file());
    bool isAcknowledged = false;
    Trial trial;
    trial.attempt = [&](const FaultKind& kind, const Trial::Arm& arm) {
      auto database = Database::open(folder.file());
      REQUIRE(database);
      arm();
      isAcknowledged = operation.run(**database);
      // What the program sees now is what there will be.
      if (kind.fault == Fault::Once) CHECK(contentOf(**database) == (isAcknowledged ? done : before));
    };
    trial.look = [&] {
      const Content found = contentOf(folder.file());
      const bool isWhole = found == done || (!isAcknowledged && found == before);
      CHECK(isWhole);
    };

    CHECK(tryEachFault(folder, trial) > 0);
  }
}

TEST_CASE("a database that could not be opened for a fault of the disk is whole when it can") {
  const Folder folder;
  for (const std::size_t vms : {0U, 3U}) {
    CAPTURE(vms);
    if (vms != 0) fill(folder.file());
    folder.keep();
    Trial trial;
    trial.attempt = [&](const FaultKind&, const Trial::Arm& arm) {
      arm();
      const auto database = Database::open(folder.file());
      if (!database) CHECK_FALSE(isDamage(database.error()));
    };
    trial.look = [&] { CHECK(contentOf(folder.file()).vms.size() == vms); };

    tryEachFault(folder, trial);
  }
}

TEST_CASE("a backup that fails leaves no file behind, and the database as it was") {
  const Folder folder;
  fill(folder.file());
  folder.keep();
  const auto copy = folder.file() + ".copy";
  bool isMade = false;
  Trial trial;
  trial.attempt = [&](const FaultKind&, const Trial::Arm& arm) {
    auto database = Database::open(folder.file());
    REQUIRE(database);
    arm();
    isMade = (*database)->backup(copy).has_value();
  };
  trial.look = [&] {
    CHECK(fs::exists(copy) == isMade);
    for (const auto& entry : fs::directory_iterator(fs::path(copy).parent_path()))
      CHECK(entry.path().string().find(".copy.") == std::string::npos);
    CHECK(contentOf(folder.file()).vms.size() == 3);
    if (isMade) CHECK(contentOf(copy).vms.size() == 3);
  };

  CHECK(tryEachFault(folder, trial) > 0);
}
