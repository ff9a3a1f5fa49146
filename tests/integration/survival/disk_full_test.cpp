// A disk without room: nothing new is begun, what runs can be ended, and nothing is lost.
#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/survival/small_disk.hpp"

using namespace microvm::test;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
const Launch kLowMark{{"--min-free", "1MiB"}, ""};

/// A daemon whose state is on a disk of its own.
class CrampedDaemon {
public:
  CrampedDaemon() {
    daemon.terminate();
    disk.emplace(daemon.stateFolder(), 16 * kMiB);
    daemon.start(kLowMark);
  }
  /// Before the disk goes.
  ~CrampedDaemon() { daemon.kill9(); }
  CrampedDaemon(const CrampedDaemon&) = delete;
  CrampedDaemon& operator=(const CrampedDaemon&) = delete;

  [[nodiscard]] bool isPossible() const {
    if (!disk->isThere()) MESSAGE("skipped: mounting a small disk is not permitted here");
    return disk->isThere();
  }

  Daemon daemon;
  std::optional<SmallDisk> disk;
};

}  // namespace

TEST_CASE("below the low mark a create and a start are refused with 507 and the way out") {
  CrampedDaemon cramped;
  if (!cramped.isPossible()) return;
  const auto& daemon = cramped.daemon;
  daemon.create("web");
  cramped.disk->fill();

  for (const auto& answer :
       {daemon.api().post("/v1/vms", daemon.definition("db")), daemon.api().post("/v1/vms/web/start")}) {
    CHECK(answer.status == 507);
    const auto problem = answer.json();
    CHECK(problem.at("code") == "disk-full");
    CHECK(problem.at("detail").get<std::string>().find(daemon.stateFolder()) != std::string::npos);
    CHECK(problem.at("hint").get<std::string>().find("--min-free") != std::string::npos);
  }

  cramped.disk->makeRoom();
  CHECK(daemon.api().post("/v1/vms", daemon.definition("db")).status == 201);
  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK(daemon.api().remove("/v1/vms/web?force=true").status == 204);
}

TEST_CASE("on a disk that is full to the last byte what runs is stopped and deleted") {
  CrampedDaemon cramped;
  if (!cramped.isPossible()) return;
  auto& daemon = cramped.daemon;
  for (const auto* name : {"a", "b", "c", "d"})
    daemon.createRunning(name);
  cramped.disk->fill();

  CHECK(daemon.api().post("/v1/vms/a/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK(daemon.api().remove("/v1/vms/a").status == 204);
  CHECK(daemon.api().post("/v1/vms/b/kill", {}, {{"Prefer", "wait=20"}}).status == 200);
  cramped.disk->fill();

  SUBCASE("also after the daemon was killed") {
    daemon.kill9();
  }
  SUBCASE("also after the daemon was asked to end") {
    daemon.terminate();
  }
  daemon.start(kLowMark);
  CHECK(daemon.api().state("a").empty());
  CHECK(daemon.api().state("b") == "stopped");
  CHECK(daemon.api().state("c") == "running");
  cramped.disk->fill();
  CHECK(daemon.api().remove("/v1/vms/c?force=true").status == 204);
  CHECK(daemon.api().post("/v1/vms/d/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK(daemon.api().remove("/v1/vms/d").status == 204);
  CHECK(daemon.api().remove("/v1/vms/b").status == 204);
  CHECK(daemon.api().get("/v1/system/verify").json().at("findings").empty());
}

TEST_CASE("many stops on a full disk find room, and their events are kept") {
  CrampedDaemon cramped;
  if (!cramped.isPossible()) return;
  const auto& daemon = cramped.daemon;
  for (int i = 0; i < 12; ++i)
    daemon.createRunning("vm" + std::to_string(i));
  cramped.disk->fill();

  for (int i = 0; i < 12; ++i) {
    CAPTURE(i);
    CHECK(daemon.api().post("/v1/vms/vm" + std::to_string(i) + "/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
    cramped.disk->fill();
  }

  for (int i = 0; i < 12; ++i) {
    CHECK(daemon.api().eventTypes("vm" + std::to_string(i)).back() == "vm.stopped");
    CHECK(daemon.api().remove("/v1/vms/vm" + std::to_string(i)).status == 204);
  }
}
