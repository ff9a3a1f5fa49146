#include "client/cli/completion.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::cli;

namespace {

constexpr std::array kOptions{
    Option{"-o,--output,--format", "FORMAT", "{}", Takes::OneValue, "table,json,jsonl"},
    Option{"-f,--follow", "", "go on", Takes::Nothing},
    Option{"--label", "KEY=VALUE", "a label", Takes::ManyValues},
    Option{"--scope", "SCOPE[,SCOPE]", "one of {}", Takes::ManyValues, "read,console,admin"},
    Option{"--for", "CONDITION", "{}", Takes::OneValue, "ready,condition=NAME"},
    Option{"--vm", "NAME", "of this VM"},
    Option{"--kernel", "PATH", "a file"},
    Option{"--disk", "PATH[,OPTION...]", "a disk"},
    Option{"--share", "TAG=FOLDER", "a folder"},
    Option{"--net", "nat[,mac=MAC]", "an interface"},
};
constexpr Command kRun{
    .name = "run", .summary = "run it", .operands = "NAME...", .mostOperands = kAnyNumber, .options = kOptions};
constexpr Command kList{.name = "list", .alias = "ls", .summary = "list them", .options = kOptions};
constexpr Command kService{.name = "service", .operands = "install|start|status", .mostOperands = 1};
constexpr Command kSystem{.name = "system", .operands = "backup [FILE] | restore FILE | verify", .mostOperands = 2};
constexpr Command kScript{.name = "script", .operands = "bash | zsh | words -- WORD...", .mostOperands = kAnyNumber};
constexpr Command kPlay{.name = "play", .operands = "FILE|NAME", .mostOperands = 1};
constexpr Command kName{.name = "rename", .operands = "NAME NEW-NAME", .mostOperands = 2};
constexpr Command kHelp{.name = "help", .operands = "[COMMAND]", .mostOperands = 1};
constexpr std::array<const Command*, 8> kTable{&kRun, &kList, &kService, &kSystem, &kScript, &kPlay, &kName, &kHelp};

using Words = std::vector<std::string>;

Completion completed(const Words& line) {
  return complete(kTable, line);
}

Words wordsOf(const Completion& completion) {
  Words all;
  for (const auto& candidate : completion.candidates)
    all.push_back(candidate.word);
  return all;
}

Words words(const Words& line) {
  return wordsOf(completed(line));
}

Words withVms(const Words& line) {
  auto completion = completed(line);
  addVms(completion, std::vector<Candidate>{{"web", "running"}, {"web-2", "stopped"}, {"db", "paused"}});
  return wordsOf(completion);
}

}  // namespace

TEST_CASE("commands are offered by name, and by an alias that was begun") {
  CHECK(words({""}) == Words{"run", "list", "service", "system", "script", "play", "rename", "help"});
  CHECK(words({"r"}) == Words{"run", "rename"});
  CHECK(words({"l"}) == Words{"list"});
  CHECK(words({"ls"}) == Words{"ls"});
  CHECK(words({"help", "s"}) == Words{"service", "system", "script"});
  CHECK(completed({"ru"}).candidates == std::vector<Candidate>{{"run", "run it"}});
  CHECK(words({}) == words({""}));
}

TEST_CASE("what makes no sense has no completion") {
  CHECK(words({"bogus", ""}).empty());
  CHECK(words({"run", "--bogus", "--"}).empty());
  CHECK(words({"--", ""}).empty());
  CHECK(words({"list", "--bogus="}).empty());
  CHECK(words({"list", "--follow="}).empty());
}

TEST_CASE("options are the command's and the global ones, each once unless it takes many") {
  CHECK(words({"list", "--fo"}) == Words{"--format", "--follow", "--for"});
  CHECK(words({"list", "--form"}) == Words{"--format"});
  CHECK(words({"list", "--o"}) == Words{"--output"});
  CHECK(words({"list", "-o"}) == Words{"-o"});
  CHECK(words({"--h"}) == Words{"--host", "--help"});
  CHECK(words({"list", "-f", "--fol"}).empty());
  CHECK(words({"list", "--label", "a=b", "--la"}) == Words{"--label"});
  CHECK(words({"list", "-of"}).empty());
  CHECK(completed({"list", "--out"}).candidates == std::vector<Candidate>{{"--output", "table, json or jsonl"}});
  CHECK(words({"service", "install", "--q"}) == Words{"--quiet"});
}

TEST_CASE("where no word can follow, options are offered without a dash") {
  CHECK(words({"service", "install", ""}) == Words{"--host", "--quiet", "--help", "--version"});
  CHECK(words({"service", "install", "--", ""}).empty());
}

TEST_CASE("values of an option are its choices, behind a blank, = or nothing") {
  CHECK(words({"list", "-o", "j"}) == Words{"json", "jsonl"});
  CHECK(words({"list", "--output=j"}) == Words{"--output=json", "--output=jsonl"});
  CHECK(words({"list", "--format="}) == Words{"--format=table", "--format=json", "--format=jsonl"});
  CHECK(words({"list", "-oj"}) == Words{"-ojson", "-ojsonl"});
  CHECK(words({"list", "-fot"}) == Words{"-fotable"});
  CHECK(words({"list", "--for", "c"}) == Words{"condition="});
  CHECK(words({"list", "--net", ""}) == Words{"nat"});
}

TEST_CASE("a list goes on behind its comma with what it does not have yet") {
  CHECK(words({"list", "--scope", "read,"}) == Words{"read,console", "read,admin"});
  CHECK(words({"list", "--scope=read,c"}) == Words{"--scope=read,console"});
}

TEST_CASE("operands go the ways of their text") {
  CHECK(words({"service", "st"}) == Words{"start", "status"});
  CHECK(words({"system", ""}) == Words{"backup", "restore", "verify"});
  CHECK(completed({"system", "restore", ""}).paths == Paths::Files);
  CHECK(completed({"system", "backup", ""}).paths == Paths::Files);
  CHECK(completed({"system", "verify", ""}).paths == Paths::None);
  CHECK(words({"script", ""}) == Words{"bash", "zsh", "words"});
  CHECK(completed({"play", ""}).paths == Paths::Files);
  CHECK(completed({"play", ""}).takesVms);
}

TEST_CASE("names of VMs stand where a NAME does, each once") {
  CHECK(withVms({"run", ""}) == Words{"web", "web-2", "db"});
  CHECK(withVms({"run", "web", "w"}) == Words{"web-2"});
  CHECK(withVms({"run", "--", "w"}) == Words{"web", "web-2"});
  CHECK(withVms({"run", "-f", "-o", "json", "d"}) == Words{"db"});
  CHECK(withVms({"list", "--vm", "d"}) == Words{"db"});
  CHECK(withVms({"list", "--vm=d"}) == Words{"--vm=db"});
  CHECK(withVms({"rename", "web", ""}).empty());
  CHECK(withVms({"rename", "web", "w"}).empty());
  CHECK(withVms({"service", "w"}).empty());
}

TEST_CASE("paths are the shell's, behind what stays of the word") {
  CHECK(completed({"list", "--kernel", "./b"}).paths == Paths::Files);
  CHECK(completed({"list", "--kernel=./b"}).kept == "--kernel=");
  CHECK(completed({"list", "--disk", "a.img"}).paths == Paths::Files);
  CHECK(completed({"list", "--disk", "a.img,"}).paths == Paths::None);
  CHECK(completed({"list", "--share", "src"}).paths == Paths::None);
  CHECK(completed({"list", "--share", "src=./a"}).paths == Paths::Folders);
  CHECK(completed({"list", "--share=src=./a"}).kept == "--share=src=");
  CHECK(completionText(completed({"list", "--share", "src="})) == ":folders\tsrc=\n");
}

TEST_CASE("the daemon that the line names is told") {
  CHECK(completed({"--host", "ssh://me@mac", "run", ""}).host == "ssh://me@mac");
  CHECK(completed({"run", "--host=unix:///a", ""}).host == "unix:///a");
  CHECK(completed({"run", ""}).host == std::nullopt);
}

TEST_CASE("a candidate is a line with its description") {
  CHECK(completionText(completed({"l"})) == "list\tlist them\n");
  CHECK(completionText(completed({"service", "in"})) == "install\t\n");
  CHECK(completionText(completed({"system", "restore", ""})) == ":files\t\n");
}
