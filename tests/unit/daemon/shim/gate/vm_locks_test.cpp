#include "daemon/shim/gate/vm_locks.hpp"

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "daemon/shim/gate/leftover.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

struct Places {
  LockFiles files(const std::string& run) const { return {folder.path() + "/" + run, folder.path() + "/lasting"}; }
  Result<VmLocks> take(const std::string& run) const { return VmLocks::take(files(run), "web", "/" + run); }
  test::TempDir folder;
};

}  // namespace

TEST_CASE("of two with different run folders the second is told where the first runs") {
  const Places places;
  auto first = places.take("one");
  REQUIRE(first);
  REQUIRE(first->takeLasting());
  REQUIRE(first->noteShim());
  auto second = places.take("two");
  REQUIRE(second);

  const auto taken = second->takeLasting();

  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Errc::InUse);
  CHECK(taken.error().detail.find("in the run folder /one") != std::string::npos);
}

TEST_CASE("both locks name the runner while it runs, and the lasting one what ran last") {
  const Places places;
  auto locks = places.take("one");
  REQUIRE(locks);
  REQUIRE(locks->takeLasting());
  REQUIRE(locks->noteRunner({12, 34}, {{13, 35}}));
  CHECK(notedRunner(places.files("one").run) == ProcessIdentity{12, 34});
  CHECK(readLockNote(places.files("one").lasting).runner == ProcessIdentity{12, 34});

  locks->end({12, 34});

  const auto after = findHolding(places.files("one"));
  REQUIRE(after);
  CHECK_FALSE(after->isHeld);
  CHECK(after->left.empty());
  CHECK(after->last == ProcessIdentity{12, 34});
  CHECK(after->runFolder == "/one");
  CHECK_FALSE(notedRunner(places.files("one").run));
}

TEST_CASE("a lock in use is an error that names it") {
  const Places places;
  const auto first = places.take("one");
  REQUIRE(first);

  const auto second = places.take("one");

  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::InUse);
  CHECK(second.error().detail.find(places.files("one").run) != std::string::npos);
}
