#include "client/cli/console/recording.hpp"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::cli;

namespace {

std::string cut(const std::vector<std::string>& pieces) {
  CharacterCutter cutter;
  std::string out;
  for (const auto& piece : pieces)
    out += cutter.feed(piece) + "|";
  return out + cutter.finish();
}

std::vector<std::string> linesOf(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a character that is split is kept until it is whole") {
  CHECK(cut({"a\xc3", "\xa4z"}) == "a|\xc3\xa4z|");
  CHECK(cut({"\xf0", "\x9f\x90", "\xa7"}) == "||\xf0\x9f\x90\xa7|");
  CHECK(cut({"end\xe2\x82"}) == "end|\xef\xbf\xbd");
}

TEST_CASE("bytes that are no character are replaced, each beginning once") {
  CHECK(cut({"\xff"}) == "\xef\xbf\xbd|");
  CHECK(cut({"\xc3("}) == "\xef\xbf\xbd(|");
  CHECK(cut({"\xed\xa0\x80"}) == "\xef\xbf\xbd|");  // a surrogate
  CHECK(cut({"\x80"}) == "\xef\xbf\xbd|");
}

TEST_CASE("a recording has its head, and events with their times") {
  const test::TempDir folder;
  const auto path = folder.path() + "/a.cast";
  const Recording::Clock::time_point begin{};
  {
    auto recording = Recording::create(path, "web", {100, 30}, begin);
    REQUIRE(recording);
    REQUIRE(recording->output("say \"hi\"\r\n\x1b[1m\xc3", begin + Milliseconds(1500)));
    REQUIRE(recording->output("\xa4", begin + Milliseconds(2000)));
    REQUIRE(recording->resize({80, 24}, begin + Milliseconds(12345)));
    REQUIRE(recording->finish(begin + Milliseconds(13000)));
  }

  const auto lines = linesOf(path);
  REQUIRE(lines.size() == 4);
  CHECK(checkRecordingHead(lines[0]));
  CHECK(lines[0].find(R"({"version":2,"width":100,"height":30,"timestamp":)") == 0);
  CHECK(lines[1] == R"([1.500000, "o", "say \"hi\"\r\n\u001b[1m"])");
  CHECK(lines[2] == "[2.000000, \"o\", \"\xc3\xa4\"]");
  CHECK(lines[3] == R"([12.345000, "r", "80x24"])");
}

TEST_CASE("a recording is read back") {
  const auto event = parseRecordedEvent(R"([1.5, "o", "hi\n"])");
  REQUIRE(event);
  REQUIRE(*event);
  CHECK((*event)->at == Milliseconds(1500));
  CHECK((*event)->output == "hi\n");
  const auto typed = parseRecordedEvent(R"([1.5, "i", "x"])");
  REQUIRE(typed);
  CHECK_FALSE(typed->has_value());
}

TEST_CASE("what is no recording is refused") {
  for (const auto* head : {"", "{}", R"({"version":1})", R"({"version":"2"})", "[]"})
    CHECK_FALSE(checkRecordingHead(head));
  for (const auto* line : {"", "{}", "[1]", R"(["1","o","x"])", R"([1,"o",7])", R"([1,"o"])"})
    CHECK_FALSE(parseRecordedEvent(line));
}

TEST_CASE("a file that cannot be made is an error") {
  CHECK(Recording::create("/nowhere/a.cast", "web", {}, {}).error().code == Errc::Io);
  const test::TempDir folder;
  const auto path = folder.path() + "/a.cast";
  REQUIRE(writeFileAtomically(path, "mine"));
  CHECK(Recording::create(path, "web", {}, {}).error().code == Errc::Io);
  CHECK(readFile(path, 100).value_or("") == "mine");
}
