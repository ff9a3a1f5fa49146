#include "daemon/shim/gate/lock_note.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "daemon/process/boot_id.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/shim/gate/leftover.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

struct Files {
  LockFiles paths() const { return {folder.path() + "/run", folder.path() + "/lasting"}; }
  void note(const LockNote& note) const { REQUIRE(writeFileAtomically(paths().lasting, toText(note))); }
  test::TempDir folder;
};

ProcessIdentity ourselves() {
  const auto found = identify(::getpid());
  REQUIRE(found);
  return *found;
}

LockNote noteOfThisBoot() {
  LockNote note;
  note.runner = ProcessIdentity{12, 34};
  note.helpers = {{13, 35}};
  note.shim = ProcessIdentity{14, 36};
  note.runFolder = "/run/user/1000/microvm/0123abcd";
  note.boot = bootId().value_or("");
  return note;
}

}  // namespace

TEST_CASE("a note is read back, and lines that are none are passed over") {
  auto note = noteOfThisBoot();
  CHECK(parseLockNote(toText(note)) == note);
  CHECK(parseLockNote("later 5\n" + toText(note) + "half a li") == note);
  note.runner.reset();
  note.ended = ProcessIdentity{12, 34};
  CHECK(parseLockNote(toText(note)) == note);
  for (const auto* text : {"", "runner", "runner 1 5\n", "runner x 5\n", "runner 12\n", "run here\n", "\xff\xfe\n"})
    CHECK(parseLockNote(text) == LockNote());
}

TEST_CASE("a VM is held by either lock, and by nobody without them") {
  const Files files;
  CHECK_FALSE(findHolding(files.paths())->isHeld);
  for (const auto& path : {files.paths().run, files.paths().lasting}) {
    const auto lock = FileLock::tryLock(path);
    REQUIRE(lock);
    CHECK(findHolding(files.paths())->isHeld);
  }
  CHECK_FALSE(findHolding(files.paths())->isHeld);
}

TEST_CASE("what is noted is found, in whichever lock it is") {
  const Files files;
  files.note(noteOfThisBoot());
  REQUIRE(writeFileAtomically(files.paths().run, runnerNote({22, 44})));

  const auto found = findHolding(files.paths());

  REQUIRE(found);
  CHECK_FALSE(found->isHeld);
  CHECK(found->runFolder == "/run/user/1000/microvm/0123abcd");
  CHECK(found->runner == ProcessIdentity{12, 34});
  CHECK(found->left == std::vector<ProcessIdentity>{{22, 44}, {12, 34}, {13, 35}});
}

TEST_CASE("a shim that lives holds its VM even if its lock file was replaced") {
  const Files files;
  auto note = noteOfThisBoot();
  note.shim = ourselves();
  files.note(note);

  CHECK(findHolding(files.paths())->isHeld);
}

TEST_CASE("processes of another boot are nobody, but how the last run ended can be told apart") {
  const Files files;
  auto note = noteOfThisBoot();
  note.shim = ourselves();
  note.boot = "another";
  files.note(note);

  const auto found = findHolding(files.paths());

  REQUIRE(found);
  CHECK_FALSE(found->isHeld);
  CHECK(found->left.empty());
  CHECK_FALSE(found->runner);
  CHECK(found->last == ProcessIdentity{12, 34});
}
