#include "client/cli/commands/console/log_lines.hpp"

#include <array>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/core/unique_fd.hpp"

using namespace microvm;
using namespace microvm::cli;

namespace {

struct Printed {
  Printed() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  std::string text() {
    writing.reset();
    std::array<char, 65536> buffer;
    const auto got = ::read(reading.get(), buffer.data(), buffer.size());
    return std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  UniqueFd reading;
  UniqueFd writing;
};

LogTimes times() {
  return LogTimes(nlohmann::ordered_json::parse(R"({"marks":[
      {"offset":10,"at":"2026-01-01T00:00:00.000Z"},{"offset":20,"at":"2026-01-01T00:00:05.000Z"}]})"));
}

std::string print(std::optional<Pattern> grep, std::optional<LogTimes> at, const std::vector<std::string>& pieces) {
  Printed printed;
  Output out(printed.writing.get());
  LogLines lines(out, std::move(grep), std::move(at));
  std::uint64_t offset = 0;
  for (const auto& piece : pieces) {
    lines.feed(offset, piece);
    offset += piece.size();
  }
  lines.finish();
  return printed.text();
}

}  // namespace

TEST_CASE("without a wish bytes are printed as they are") {
  CHECK(print({}, {}, {"a\r", "\nb\x1b[1m", "c"}) == "a\r\nb\x1b[1mc");
}

TEST_CASE("each line has the time of its first byte, also when it comes in pieces") {
  CHECK(print({}, times(), {"unknown!!\n", "first", " \r\n", "", "x\nlast"}) ==
        "------------------------ unknown!!\n2026-01-01T00:00:00.000Z first \r\n"
        "2026-01-01T00:00:00.000Z x\n2026-01-01T00:00:05.000Z last");
}

TEST_CASE("only lines that match are printed, escape sequences aside") {
  auto grep = Pattern::compile("--grep", "^err.*[0-9]$");
  REQUIRE(grep);

  CHECK(print(std::move(*grep), {}, {"fine\nerr 1\r\n\x1b[31merr\x1b[0m 22\r\nno err 3\nerr", " 4"}) ==
        "err 1\r\n\x1b[31merr\x1b[0m 22\r\nerr 4");
}

TEST_CASE("a byte before the first mark has no time") {
  CHECK_FALSE(times().at(9));
  CHECK(times().at(10) == parseTimestamp("2026-01-01T00:00:00.000Z").value_or(Timestamp()));
  CHECK(times().at(1000) == parseTimestamp("2026-01-01T00:00:05.000Z").value_or(Timestamp()));
}
