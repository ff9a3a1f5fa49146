#include "daemon/runner/rest/empty_initrd.hpp"

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

TEST_CASE("the archive is a whole block with nothing but the trailer") {
  const auto archive = emptyInitrd();

  CHECK(archive.size() == 512);
  CHECK(archive.substr(0, 6) == "070701");
  CHECK(archive.substr(110, 11) == std::string("TRAILER!!!\0", 11));
}

TEST_CASE("the archive is placed once and repaired when it is damaged") {
  const test::TempDir folder;

  const auto path = placeEmptyInitrd(folder.path() + "/run");
  REQUIRE(path);
  CHECK(readFile(*path, 1000).value_or("") == emptyInitrd());

  REQUIRE(writeFileAtomically(*path, "damaged"));
  REQUIRE(placeEmptyInitrd(folder.path() + "/run"));
  CHECK(readFile(*path, 1000).value_or("") == emptyInitrd());
}
