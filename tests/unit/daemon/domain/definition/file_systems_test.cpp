#include "daemon/domain/definition/file_systems.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a file system is found by its name") {
  REQUIRE(findFileSystem("ext4") != nullptr);
  CHECK(findFileSystem("ext4")->program == "mkfs.ext4");
  CHECK(findFileSystem("vfat")->labelFlag == "-n");
  CHECK(findFileSystem("zfs") == nullptr);
  CHECK(findFileSystem("") == nullptr);
}
