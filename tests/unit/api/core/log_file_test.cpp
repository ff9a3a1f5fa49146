#include "api/core/log_file.hpp"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "api/core/logging.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

mode_t modeOf(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

}  // namespace

TEST_CASE("entries go to a file of the owner's own, and old ones are dropped in the end") {
  const test::TempDir folder;
  const std::string path = folder / "logs/microvmd.log";

  REQUIRE(logToFile(LogFile{path, 1'000, 3}));
  CHECK(modeOf(path) == 0600);
  for (int i = 0; i < 200; ++i)
    logInfo("entry number={}", i);

  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "logs")) {
    ++count;
    CHECK(modeOf(entry.path()) == 0600);
    CHECK(entry.file_size() <= 1'000);
  }
  CHECK(count == 3);
  CHECK(std::filesystem::exists(folder / "logs/microvmd.2.log"));
  CHECK(test::readText(path).ends_with(" info entry number=199\n"));
}

TEST_CASE("a file that was open to others is closed to them") {
  const test::TempDir folder;
  const std::string path = folder.write("microvmd.log", "before\n");
  REQUIRE(::chmod(path.c_str(), 0644) == 0);

  REQUIRE(logToFile(LogFile{path}));
  logInfo("after");

  CHECK(modeOf(path) == 0600);
  CHECK(test::readText(path).starts_with("before\n"));
}

TEST_CASE("where no file can be the reason is told and the log stays where it was") {
  const test::TempDir folder;
  const std::string good = folder / "good.log";
  REQUIRE(logToFile(LogFile{good}));

  const auto refused = logToFile(LogFile{folder / ""});

  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find(folder.path()) != std::string::npos);
  logInfo("still here");
  CHECK(test::readText(good).ends_with("still here\n"));
}
