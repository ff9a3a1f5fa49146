#include "daemon/shim/console/console_log.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSegment = 4096;

Result<ConsoleLog> openLog(const test::TempDir& folder, unsigned keep = 4) {
  return ConsoleLog::open({folder.path() + "/console", kSegment, keep});
}

/// 16-byte lines that say their own offset.
std::string pattern(std::uint64_t from, std::uint64_t to) {
  std::string text;
  for (auto at = from; at < to; at += 16) {
    auto line = std::to_string(at) + "\n";
    text += std::string(16 - line.size(), '0') + line;
  }
  return text;
}

std::string readFrom(ConsoleLog& log, std::uint64_t offset) {
  std::string text;
  char buffer[1000];
  while (true) {
    const auto piece = log.read(offset, buffer, sizeof buffer);
    if (piece.size == 0) return text;
    text.append(buffer, piece.size);
    offset = piece.offset + piece.size;
  }
}

std::vector<std::string> names(const test::TempDir& folder) {
  std::vector<std::string> out;
  for (const auto& each : fs::directory_iterator(folder.path() + "/console"))
    out.push_back(each.path().filename());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("what is appended is read back at its offset") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);

  log->append("hello ");
  log->append("world");

  CHECK(log->start() == 0);
  CHECK(log->end() == 11);
  CHECK(readFrom(*log, 0) == "hello world");
  CHECK(readFrom(*log, 6) == "world");
  CHECK(readFrom(*log, 11).empty());
  CHECK(readFrom(*log, 500).empty());
}

TEST_CASE("segments are closed at their size exactly and named after their offset") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);

  log->append(pattern(0, 3 * kSegment - 16));

  CHECK(names(folder) ==
        std::vector<std::string>{"00000000000000000000.log", "00000000000000004096.log", "00000000000000008192.log"});
  CHECK(fs::file_size(folder.path() + "/console/00000000000000004096.log") == kSegment);
  CHECK(readFrom(*log, 0) == pattern(0, 3 * kSegment - 16));
  CHECK(readFrom(*log, kSegment - 16) == pattern(kSegment - 16, 3 * kSegment - 16));
}

TEST_CASE("only the newest segments remain and a reader of older ones jumps") {
  const test::TempDir folder;
  auto log = openLog(folder, 2);
  REQUIRE(log);

  log->append(pattern(0, 5 * kSegment));

  CHECK(log->start() == 3 * kSegment);
  CHECK(names(folder).size() == 2);
  char buffer[16];
  const auto piece = log->read(100, buffer, sizeof buffer);
  CHECK(piece.offset == 3 * kSegment);
  CHECK(std::string(buffer, piece.size) == pattern(3 * kSegment, 3 * kSegment + 16));
}

TEST_CASE("a full segment is followed by a new one only when there is a byte for it") {
  const test::TempDir folder;
  auto log = openLog(folder, 1);
  REQUIRE(log);

  log->append(pattern(0, kSegment));

  CHECK(names(folder) == std::vector<std::string>{"00000000000000000000.log"});
  CHECK(readFrom(*log, 0).size() == kSegment);
}

TEST_CASE("the next boot goes on in the last partial segment") {
  const test::TempDir folder;
  openLog(folder)->append(pattern(0, kSegment + 160));

  auto log = openLog(folder);
  REQUIRE(log);
  CHECK(log->end() == kSegment + 160);
  log->append(pattern(kSegment + 160, kSegment + 320));

  CHECK(names(folder).size() == 2);
  CHECK(readFrom(*log, 0) == pattern(0, kSegment + 320));
}

TEST_CASE("a full last segment and strange files do not disturb the next boot") {
  const test::TempDir folder;
  openLog(folder)->append(pattern(0, kSegment));
  std::ofstream(folder.path() + "/console/notes.log") << "x";
  std::ofstream(folder.path() + "/console/0000000000000000000x.log") << "x";
  std::ofstream(folder.path() + "/console/99999999999999999999.log") << "beyond 64 bits";

  auto log = openLog(folder);
  REQUIRE(log);
  log->append("next");

  CHECK(log->end() == kSegment + 4);
  CHECK(readFrom(*log, kSegment) == "next");
}

TEST_CASE("a smaller segment size than last time closes the last segment") {
  const test::TempDir folder;
  openLog(folder)->append(std::string(4000, 'a'));
  auto log = ConsoleLog::open({folder.path() + "/console", 1, 4});  // raised to the smallest size
  REQUIRE(log);

  log->append(std::string(200, 'b'));

  CHECK(log->end() == 4200);
  CHECK(readFrom(*log, 4000) == std::string(200, 'b'));
}

TEST_CASE("what cannot be stored is counted, and the log tells once it can go on") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);
  fs::rename(folder.path() + "/console", folder.path() + "/away");
  std::ofstream(folder.path() + "/console") << "as good as a full disk: no segment can be made";

  log->append("lost bytes");
  CHECK(log->dropped() == 10);
  CHECK(log->end() == 0);
  fs::remove(folder.path() + "/console");
  fs::rename(folder.path() + "/away", folder.path() + "/console");
  log->append("kept");

  CHECK(log->dropped() == 10);
  CHECK(readFrom(*log, 0) == "\r\n[microvm: 10 bytes of the console could not be stored]\r\nkept");
}

TEST_CASE("a segment removed under the log costs its bytes and renumbers nothing") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);
  log->append("first");
  fs::remove(folder.path() + "/console/00000000000000000000.log");

  log->append("second");

  CHECK(log->end() == 11);
  char buffer[16];
  const auto piece = log->read(0, buffer, sizeof buffer);
  CHECK(piece.offset == 5);
  CHECK(std::string(buffer, piece.size) == "second");
  CHECK(names(folder) == std::vector<std::string>{"00000000000000000005.log"});
}

TEST_CASE("a segment cut short under the log is closed and keeps what is left of it") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);
  log->append("0123456789");
  fs::resize_file(folder.path() + "/console/00000000000000000000.log", 4);

  log->append("next");

  CHECK(log->end() == 14);
  CHECK(readFrom(*log, 0) == "0123next");
  CHECK(readFrom(*log, 10) == "next");
}

TEST_CASE("a segment that somebody wrote into shows only what is the console's") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);
  log->append("mine ");
  std::ofstream(folder.path() + "/console/00000000000000000000.log", std::ios::app) << "foreign";

  log->append("again");

  CHECK(readFrom(*log, 0) == "mine again");
}

TEST_CASE("a folder removed under the log is made again") {
  const test::TempDir folder;
  auto log = openLog(folder);
  REQUIRE(log);
  log->boot();
  log->append("first");
  fs::remove_all(folder.path() + "/console");

  log->append("second");

  CHECK(log->dropped() == 0);
  CHECK(readFrom(*log, 5) == "second");
}

TEST_CASE("boots are numbered over openings, and times are kept with the bytes") {
  const test::TempDir folder;
  const Timestamp noon(Milliseconds(1'800'000'000'000));
  {
    auto log = openLog(folder);
    REQUIRE(log);
    log->boot(noon);
    log->append("one", noon);
    CHECK(log->bootNumber() == 1);
  }
  auto log = openLog(folder);
  REQUIRE(log);

  log->boot(noon + Milliseconds(5000));
  log->append("two", noon + Milliseconds(5001));

  CHECK(log->bootNumber() == 2);
  const auto index = ConsoleIndex::open(ConsoleLog::indexPath(folder.path() + "/console")).content();
  CHECK(index.boots == std::vector<BootMark>{{1, 0, noon}, {2, 3, noon + Milliseconds(5000)}});
  CHECK(index.times == std::vector<TimeMark>{{0, noon}, {3, noon + Milliseconds(5001)}});
}

TEST_CASE("segments that are lost between two boots renumber nothing") {
  const test::TempDir folder;
  const Timestamp first{Milliseconds(1'000'000)};
  {
    auto log = openLog(folder);
    log->boot(first);
    log->append(pattern(0, 2 * kSegment + 160), first);
    log->ended();
  }
  for (const auto& name : names(folder)) {
    if (name != "index") fs::remove(folder.path() + "/console/" + name);
  }

  auto log = openLog(folder);
  REQUIRE(log);
  CHECK(log->end() == 2 * kSegment + 160);
  const Timestamp second{Milliseconds(2'000'000)};
  log->boot(second);
  log->append("new", second);

  CHECK(readFrom(*log, 0) == "new");
  const auto content = ConsoleIndex::open(folder.path() + "/console/index").content();
  CHECK(content.boots.back() == BootMark{2, 2 * kSegment + 160, second});
  CHECK(content.times.back() == TimeMark{2 * kSegment + 160, second});
}

TEST_CASE("a last segment that was cut short between two boots is closed, and the next byte has a new offset") {
  const test::TempDir folder;
  {
    auto log = openLog(folder);
    log->boot();
    log->append(pattern(0, 1600));
    log->ended();
  }
  fs::resize_file(folder.path() + "/console/" + names(folder).front(), 160);

  auto log = openLog(folder);
  log->boot();
  log->append("new");

  CHECK(log->end() == 1603);
  CHECK(readFrom(*log, 0) == pattern(0, 160) + "new");
}

TEST_CASE("a folder that cannot be made is an error") {
  CHECK_FALSE(ConsoleLog::open({"/proc/nowhere/console", kSegment, 4}));
}
