#include "daemon/shim/console/console_index.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;
namespace fs = std::filesystem;

namespace {

constexpr Timestamp kNoon(Milliseconds(1'800'000'000'000));

Timestamp after(std::int64_t milliseconds) {
  return kNoon + Milliseconds(milliseconds);
}

struct Desk {
  test::TempDir folder;
  std::string path = folder.path() + "/index";
  ConsoleIndex index = ConsoleIndex::open(path);

  [[nodiscard]] ConsoleIndex::Content stored() const {
    return ConsoleIndex::parse(readFile(path, 1 << 20).value_or(""));
  }
};

}  // namespace

TEST_CASE("marks are a tenth of a second apart and are read back") {
  Desk desk;
  desk.index.boot(0, kNoon);
  desk.index.wrote(0, after(1));
  desk.index.wrote(10, after(50));
  desk.index.wrote(20, after(101));

  CHECK(desk.stored().boots == std::vector<BootMark>{{1, 0, kNoon}});
  CHECK(desk.stored().times == std::vector<TimeMark>{{0, after(1)}, {20, after(101)}});
  CHECK(ConsoleIndex::open(desk.path).content().times == desk.stored().times);
}

TEST_CASE("a clock that was put back does not stop the marks") {
  Desk desk;
  desk.index.wrote(0, after(0));
  desk.index.wrote(10, after(-3'600'000));

  CHECK(desk.stored().times.size() == 2);
}

TEST_CASE("lines that nobody can read are left out, a torn last one too") {
  const auto content =
      ConsoleIndex::parse("boot 1 0 1800000000000\nnonsense\ntime x 1\ntime 5\ntime 7 1800000000001\ntime 9 18");

  CHECK(content.boots.size() == 1);
  CHECK(content.times == std::vector<TimeMark>{{7, after(1)}});
}

TEST_CASE("a torn last line is made whole by the next mark") {
  Desk desk;
  std::ofstream(desk.path) << "time 0 1800000000000\ntime 5 18000";

  auto index = ConsoleIndex::open(desk.path);
  index.wrote(9, after(500));

  CHECK(readFile(desk.path, 4096).value_or("") == "time 0 1800000000000\ntime 9 1800000000500\n");
}

TEST_CASE("an index that was removed is written again with all it had") {
  Desk desk;
  desk.index.boot(0, kNoon);
  desk.index.wrote(0, after(1));
  fs::remove(desk.path);

  desk.index.wrote(10, after(1000));

  CHECK(desk.stored().boots.size() == 1);
  CHECK(desk.stored().times.size() == 2);
}

TEST_CASE("however long a console writes, the index stays small, and no byte seems older than it is") {
  Desk desk;
  constexpr int kMarks = 40'000;
  for (int i = 0; i < kMarks; ++i)
    desk.index.wrote(static_cast<std::uint64_t>(i) * 10, after(i * 200));

  const auto times = desk.stored().times;
  CHECK(times.size() <= ConsoleIndex::kMostTimes);
  CHECK(fs::file_size(desk.path) < 512 * 1024);
  CHECK(times.front().offset == 0);
  bool isTrue = true;
  for (const auto& mark : times)
    isTrue = isTrue && mark.at >= after(static_cast<std::int64_t>(mark.offset) * 20);
  CHECK(isTrue);
  // The newest are as exact as they were.
  CHECK(times.back() == TimeMark{(kMarks - 1) * 10, after((kMarks - 1) * 200)});
  CHECK(times[times.size() - 2] == TimeMark{(kMarks - 2) * 10, after((kMarks - 2) * 200)});
}

TEST_CASE("marks of bytes that are gone are forgotten, but for the one that covers the start") {
  Desk desk;
  for (int i = 0; i < 5; ++i) {
    desk.index.boot(static_cast<std::uint64_t>(i) * 100, after(i * 1000));
    desk.index.wrote(static_cast<std::uint64_t>(i) * 100, after(i * 1000));
  }

  desk.index.trim(250);

  CHECK(desk.index.content().times.front().offset == 200);
  CHECK(desk.index.content().boots.front() == BootMark{3, 200, after(2000)});
}

TEST_CASE("of many boots the newest are kept, with their numbers") {
  Desk desk;
  for (int i = 0; i < 300; ++i)
    desk.index.boot(static_cast<std::uint64_t>(i), after(i));

  CHECK(desk.index.content().boots.size() == ConsoleIndex::kMostBoots);
  CHECK(ConsoleIndex::open(desk.path).content().boots.back().number == 300);
}
