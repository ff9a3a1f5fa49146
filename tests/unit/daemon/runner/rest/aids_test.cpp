#include "daemon/runner/rest/aids.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
namespace fs = std::filesystem;

TEST_CASE("links are made anew for every start") {
  const test::TempDir folder;
  EncodedCommand command;
  command.links = {{folder.path() + "/links/volume-0", "/my, disk.img"}, {folder.path() + "/links/share-0", "/a"}};
  REQUIRE(placeAids(folder.path(), command));
  CHECK(fs::read_symlink(command.links[0].path) == "/my, disk.img");

  command.links = {{folder.path() + "/links/volume-0", "/other"}};
  REQUIRE(placeAids(folder.path(), command));
  CHECK(fs::read_symlink(command.links[0].path) == "/other");
  CHECK_FALSE(fs::exists(fs::symlink_status(folder.path() + "/links/share-0")));
}

TEST_CASE("the empty initrd is there when it is needed") {
  const test::TempDir folder;
  EncodedCommand command;
  command.emptyInitrd = folder.path() + "/empty.cpio";

  REQUIRE(placeAids(folder.path(), command));

  CHECK(fs::file_size(command.emptyInitrd) == 512);
}

TEST_CASE("a socket that an earlier runner left is removed, and nothing else is") {
  const test::TempDir folder;
  EncodedCommand command;
  command.binds = {folder.path() + "/old.sock", folder.path() + "/file", folder.path() + "/none"};
  { REQUIRE(listenUnix(command.binds[0])); }
  std::ofstream(command.binds[1]) << "kept";

  REQUIRE(placeAids(folder.path(), command));

  CHECK_FALSE(fs::exists(command.binds[0]));
  CHECK(fs::exists(command.binds[1]));
}
