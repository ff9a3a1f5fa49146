#include "daemon/shim/capped_file.hpp"

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

TEST_CASE("the file and the one before it hold the newest text, each within the cap") {
  const test::TempDir folder;
  const auto path = folder.path() + "/log";
  CappedFile file(path, 10);

  file.append("0123456789abcdefghijklmno");

  CHECK(readFile(path, 100).value_or("") == "klmno");
  CHECK(readFile(path + ".1", 100).value_or("") == "abcdefghij");
}

TEST_CASE("a file that is there is continued, and moved aside when it is full") {
  const test::TempDir folder;
  const auto path = folder.path() + "/log";
  CappedFile(path, 10).append("first");
  CappedFile(path, 10).append("+next");
  CHECK(readFile(path, 100).value_or("") == "first+next");

  CappedFile(path, 10).append("x");

  CHECK(readFile(path, 100).value_or("") == "x");
  CHECK(readFile(path + ".1", 100).value_or("") == "first+next");
}

TEST_CASE("a file that cannot be opened holds nobody up") {
  CappedFile("/nowhere/log", 10).append("text");
}
