#include "daemon/shim/gate/leftover.hpp"

#include <doctest/doctest.h>

#include "daemon/process/file_lock.hpp"
#include "daemon/process/spawn.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

Result<Child> sleeper() {
  SpawnOptions options;
  options.program = "/bin/sleep";
  options.arguments = {"sleep", "1000"};
  options.session = Session::New;
  return spawn(options);
}

}  // namespace

TEST_CASE("the note is read back, and no other text is one") {
  CHECK(parseRunnerNote(runnerNote({123, 456})) == ProcessIdentity{123, 456});
  for (const auto* text : {"", "runner", "runner 1 5\n", "runner x 5\n", "runner 12 5", "runner -12 5\n", "12 5\n"}) {
    CHECK_FALSE(parseRunnerNote(text));
  }
}

TEST_CASE("helpers are noted after the runner, up to the first line that is none") {
  const std::vector<ProcessIdentity> helpers{{124, 457}, {125, 458}};

  CHECK(parseHelperNotes(runnerNote({123, 456}, helpers)) == helpers);
  CHECK(parseRunnerNote(runnerNote({123, 456}, helpers)) == ProcessIdentity{123, 456});
  CHECK(parseHelperNotes(runnerNote({123, 456})).empty());
  CHECK(parseHelperNotes("helper 124 457\n").empty());
  CHECK(parseHelperNotes("runner 123 456\nhelper 124 457\nhelper x\nhelper 125 458\n").size() == 1);
}

TEST_CASE("a runner that is left over is ended, and only that one") {
  auto child = sleeper();
  REQUIRE(child);
  auto other = child->identity();
  other.startTime += 1;

  CHECK_FALSE(endLeftover(other, Milliseconds(10'000)));
  CHECK_FALSE(child->tryReap());

  CHECK(endLeftover(child->identity(), Milliseconds(10'000)));
  const auto gone = child->identity();
  CHECK(child->reap()->signal == 9);
  CHECK_FALSE(endLeftover(gone, Milliseconds(10'000)));
}

TEST_CASE("the lock file names the runner, or nobody") {
  const test::TempDir folder;
  const auto path = folder.path() + "/lock";
  CHECK_FALSE(notedRunner(path));
  auto lock = FileLock::tryLock(path);
  REQUIRE(lock);
  CHECK_FALSE(notedRunner(path));

  REQUIRE((*lock)->write(runnerNote({12, 34})));

  CHECK(notedRunner(path) == ProcessIdentity{12, 34});
}
