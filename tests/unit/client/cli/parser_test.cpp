#include "client/cli/parser.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::cli;

namespace {

constexpr std::array kOptions{Option{"-n,--lines", "N", "so many lines"},
                              Option{"--wait", "", "until it is done", Takes::Nothing},
                              Option{"-o,--output", "FORMAT", "{}", Takes::OneValue, "table,json"},
                              Option{"--scope", "SCOPE[,SCOPE]", "{}", Takes::ManyValues, "read,admin"},
                              Option{"--for", "CONDITION", "{}", Takes::OneValue, "ready,console=REGEX"}};
constexpr Command kLogs{.name = "logs", .operands = "NAME", .leastOperands = 1, .mostOperands = 1, .options = kOptions};
constexpr Command kStart{.name = "start", .operands = "NAME...", .leastOperands = 1, .mostOperands = kAnyNumber};
constexpr Command kList{.name = "list", .alias = "ls"};
constexpr std::array<const Command*, 3> kTable{&kLogs, &kStart, &kList};

Error refused(const std::vector<std::string>& words) {
  const auto line = parseLine(kTable, words);
  REQUIRE_FALSE(line);
  CHECK(line.error().code == Errc::Usage);
  return line.error();
}

}  // namespace

TEST_CASE("options and operands are told apart") {
  const auto line = parseLine(kTable, std::vector<std::string>{"logs", "-n", "5", "--wait", "web"});

  REQUIRE(line);
  CHECK(line->command == &kLogs);
  CHECK(line->arguments.text("lines") == "5");
  CHECK(line->arguments.has("wait"));
  CHECK(line->arguments.operands() == std::vector<std::string>{"web"});
}

TEST_CASE("behind -- there are only operands") {
  const auto line = parseLine(kTable, std::vector<std::string>{"start", "web", "--", "--db", "--"});

  REQUIRE(line);
  CHECK(line->arguments.operands() == std::vector<std::string>{"web", "--db", "--"});
  CHECK(refused({"--", "start"}).detail == "there is no command in front of --");
}

TEST_CASE("what is wrong is told with the option and the value") {
  CHECK(refused({"logs", "--wait=xx", "web"}).detail == "--wait takes no value, and \"xx\" was given");
  CHECK(refused({"logs", "web", "--lines"}).detail == "--lines needs a value: --lines N");
  CHECK(refused({"logs", "web", "-n"}).detail == "-n needs a value: -n N");
  CHECK(refused({"logs", "web", "--host"}).detail == "--host needs a value: --host ADDRESS");
  CHECK(refused({"logs", "--wait", "web", "db"}).detail == "logs takes NAME, and \"db\" is one too many");
  CHECK(refused({"logs", "-n", "5", "--", "web", "--db"}).detail == "logs takes NAME, and \"--db\" is one too many");
  CHECK(refused({"ls", "web"}).detail == "list takes no operand, and \"web\" is one too many");
  CHECK(refused({"logs", "--colour", "web"}).detail == "\"--colour\" is not an option of logs");
  CHECK(refused({"start"}).detail == "start needs NAME...");
  CHECK(refused({"logs", "--wait=xx", "web"}).hint == "microvmctl logs --help");
}

TEST_CASE("a value that is none of its option's choices is refused with those that are") {
  CHECK(refused({"logs", "web", "-o", "xml"}).detail == "--output: there is no format \"xml\"");
  CHECK(refused({"logs", "web", "-o", "xml"}).hint == "one of table or json");
  CHECK(refused({"logs", "web", "-o", ""}).detail == "--output: there is no format \"\"");
  CHECK(refused({"logs", "web", "--scope", "read,write"}).detail == "--scope: there is no scope \"write\"");
  CHECK(refused({"logs", "web", "--for", "console"}).detail == "--for: there is no condition \"console\"");
  for (const auto& fitting : std::vector<std::vector<std::string>>{{"logs", "web", "-o", "json"},
                                                                   {"logs", "web", "--scope=read,admin"},
                                                                   {"logs", "web", "--for", "console=a,b"},
                                                                   {"logs", "-o", "xml", "--help"}}) {
    CHECK(parseLine(kTable, fitting));
  }
}

TEST_CASE("only a near name is suggested") {
  CHECK(refused({"strat", "web"}).hint == "microvmctl start");
  CHECK(refused({"log", "web"}).hint == "microvmctl logs");
  CHECK(refused({"bogus"}).hint == "microvmctl --help");
  CHECK(refused({"bogus"}).detail == "there is no command \"bogus\"");
}
