#include "daemon/app/console_logs.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

struct Console {
  Console() {
    paths.stateFolder = folder.path();
    std::filesystem::create_directories(paths.consoleFolder());
  }
  void segment(const std::string& name, const std::string& text) const {
    std::ofstream(paths.consoleFolder() + "/" + name + ".log") << text;
  }
  test::TempDir folder;
  VmPaths paths;
};

}  // namespace

TEST_CASE("a slice runs over segments and tells where the log begins and ends") {
  const Console console;
  console.segment("00000000000000000100", "hello ");
  console.segment("00000000000000000106", "world");

  const auto slice = ConsoleLogFiles().read(console.paths, 102, 100);

  REQUIRE(slice);
  CHECK(slice->bytes == "llo world");
  CHECK(slice->offset == 102);
  CHECK(slice->start == 100);
  CHECK(slice->end == 111);
}

TEST_CASE("an offset that was rotated away reads from the oldest byte, one beyond the end reads nothing") {
  const Console console;
  console.segment("00000000000000000100", "hello");

  const auto early = ConsoleLogFiles().read(console.paths, 0, 3);
  const auto late = ConsoleLogFiles().read(console.paths, 500, 3);

  CHECK(early->offset == 100);
  CHECK(early->bytes == "hel");
  CHECK(late->bytes.empty());
  CHECK(late->offset == 105);
}

TEST_CASE("a VM that never ran has an empty log") {
  const Console console;

  const auto slice = ConsoleLogFiles().read(console.paths, 0, 10);

  REQUIRE(slice);
  CHECK(slice->bytes.empty());
  CHECK(slice->end == 0);
}
