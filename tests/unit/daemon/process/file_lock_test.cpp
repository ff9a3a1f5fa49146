#include "daemon/process/file_lock.hpp"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;

TEST_CASE("a lock is held by one at a time and can be had again") {
  const test::TempDir folder;
  const auto path = folder.path() + "/lock";

  auto first = FileLock::tryLock(path);
  auto second = FileLock::tryLock(path);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->has_value());
  CHECK_FALSE(second->has_value());

  (*first)->release();

  auto third = FileLock::tryLock(path);
  REQUIRE(third);
  CHECK(third->has_value());
}

TEST_CASE("a probe tells whether a lock is held and does not take it") {
  const test::TempDir folder;
  const auto path = folder.path() + "/lock";
  CHECK(FileLock::isHeld(path).value_or(true) == false);

  auto lock = FileLock::tryLock(path);
  REQUIRE(lock);

  CHECK(FileLock::isHeld(path).value_or(false) == true);
  (*lock)->release();
  CHECK(FileLock::isHeld(path).value_or(true) == false);
  CHECK(FileLock::tryLock(path)->has_value());
}

TEST_CASE("a lock in a folder that is not there is an error") {
  const auto lock = FileLock::tryLock("/nowhere/lock");

  REQUIRE_FALSE(lock);
  CHECK(lock.error().code == Errc::NotFound);
  CHECK(FileLock::isHeld("/nowhere/lock").value_or(true) == false);
}
