#include "daemon/shim/options.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::shim;

namespace {

const std::vector<std::string> kNeeded = {"--vm", "x", "--run-folder", "/r", "--state-folder", "/s"};

std::vector<std::string> with(std::vector<std::string> more) {
  auto words = kNeeded;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("the whole command line is read") {
  const auto options =
      parseOptions(with({"--console-size", "8192", "--console-keep", "2", "--ready-fd", "3", "--stop-timeout", "5",
                         "--on-term", "leave", "--", "/bin/vfkit", "--", "--cpus"}));

  REQUIRE(options);
  CHECK(options->consoleSize == 8192);
  CHECK(options->consoleKeep == 2);
  CHECK(options->readyFd == 3);
  CHECK(options->stopTimeout == Milliseconds(5000));
  CHECK(options->leavesAtTerm);
  CHECK(options->runner == std::vector<std::string>{"/bin/vfkit", "--", "--cpus"});
  CHECK(options->socket() == "/r/shim.sock");
  CHECK(options->consoleFolder() == "/s/console");
}

TEST_CASE("a helper's words are counted, and may be any") {
  const auto options = parseOptions(with(
      {"--helper", "10", "3", "/opt/helper", "--", "a b", "--helper", "11", "1", "/opt/other", "--", "/bin/vfkit"}));

  REQUIRE(options);
  REQUIRE(options->helpers.size() == 2);
  CHECK(options->helpers[0].runnerFd == 10);
  CHECK(options->helpers[0].command == std::vector<std::string>{"/opt/helper", "--", "a b"});
  CHECK(options->helpers[1].command == std::vector<std::string>{"/opt/other"});
  CHECK(options->runner == std::vector<std::string>{"/bin/vfkit"});
  for (const auto& words : std::vector<std::vector<std::string>>{{"--helper"},
                                                                 {"--helper", "10", "1"},
                                                                 {"--helper", "10", "0", "/a"},
                                                                 {"--helper", "2", "1", "/a"},
                                                                 {"--helper", "10", "3", "/a", "b"},
                                                                 {"--helper", "10", "1", "a"}}) {
    CHECK_FALSE(parseOptions(with(words)));
  }
}

TEST_CASE("what is missing or wrong is named") {
  const auto detail = [](const std::vector<std::string>& words) {
    const auto options = parseOptions(words);
    return options ? std::string() : options.error().detail;
  };

  CHECK(detail({}) == "--vm is missing");
  CHECK(detail(kNeeded) == "the runner's command line is missing");
  CHECK(detail(with({"--", "vfkit"})) == "the runner's path is not absolute: 'vfkit'");
  CHECK(detail(with({"--console-size", "12x"})) == "--console-size 12x is not a usable option");
  CHECK(detail(with({"--run-folder", "here"})) == "--run-folder here is not a usable option");
  CHECK(detail(with({"--on-term", "kill"})) == "--on-term kill is not a usable option");
  CHECK(detail(with({"--what", "x"})) == "--what x is not a usable option");
  CHECK(detail(with({"--ready-fd"})) == "--ready-fd has no value or is no option");
}
