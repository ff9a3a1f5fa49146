#include "daemon/process/program_lookup.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "daemon/process/identity.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

TEST_CASE("a program beside our own is found first") {
  const auto own = ownProgram();
  REQUIRE(own);
  const auto name = std::filesystem::path(*own).filename().string();

  CHECK(findProgram(name).value_or("") == *own);
}

TEST_CASE("a program in PATH is found") {
  const auto found = findProgram("sh");

  REQUIRE(found);
  CHECK(found->front() == '/');
}

TEST_CASE("a program that is nowhere is not found, and the error says where it was looked for") {
  const auto found = findProgram("no-such-program-anywhere");

  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::NotFound);
  CHECK(found.error().detail.find("PATH") != std::string::npos);
}

TEST_CASE("a path is taken as it is and checked") {
  const test::TempDir folder;
  const auto path = folder.path() + "/tool";
  CHECK(findProgram(path).error().code == Errc::NotFound);
  std::ofstream(path) << "#!/bin/sh\n";
  CHECK(findProgram(path).error().code == Errc::Permission);

  std::filesystem::permissions(path, std::filesystem::perms::owner_all);

  CHECK(findProgram(path).value_or("") == path);
  CHECK(findProgram(folder.path()).error().code == Errc::Permission);
}

TEST_CASE("of several folders the first that has the program is taken") {
  const test::TempDir folder;
  for (const auto* name : {"/a", "/b", "/c"})
    std::filesystem::create_directory(folder.path() + name);
  for (const auto* name : {"/b/tool", "/c/tool"}) {
    std::ofstream(folder.path() + name) << "#!/bin/sh\n";
    std::filesystem::permissions(folder.path() + name, std::filesystem::perms::owner_all);
  }
  const auto path = "relative::" + folder.path() + "/a:" + folder.path() + "/b:" + folder.path() + "/c";

  CHECK(findInPath("tool", path).value_or("") == folder.path() + "/b/tool");
  CHECK(findInPath("other", path).error().code == Errc::NotFound);
  CHECK(findInPath("tool", "").error().code == Errc::NotFound);
}
