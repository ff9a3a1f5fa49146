#include "client/service/launchd/job_list.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::service;
using Json = nlohmann::ordered_json;

namespace {

Job agent() {
  Job job;
  job.program = "/opt/homebrew/bin/microvmd";
  job.arguments = {"--vfkit",    "/opt/homebrew/bin/vfkit",
                   "--run-dir",  "/Users/alice/.microvm/run",
                   "--log-file", "/Users/alice/Library/Logs/microvm/microvmd.log"};
  job.socket = "/Users/alice/.microvm/run/api.sock";
  job.logFolder = "/Users/alice/Library/Logs/microvm";
  return job;
}

/// What Apple's format means to a parser that we did not write.
Json readByPython(const std::string& text) {
  const auto ended = test::runProgram(
      "/usr/bin/python3", {"-c", "import json,plistlib,sys; print(json.dumps(plistlib.load(sys.stdin.buffer)))"},
      {{}, text});
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  return Json::parse(ended.out);
}

std::string golden(const std::string& name) {
  auto text = test::readText(std::string(std::getenv("MICROVM_SOURCE")) + "/packaging/launchd/" + name);
  REQUIRE_FALSE(text.empty());
  return text;
}

}  // namespace

TEST_CASE("the agent of a user is the list in packaging/launchd") {
  const auto text = jobText(agent());

  REQUIRE(text);
  CHECK(*text == golden("agent.plist"));
}

TEST_CASE("the daemon of the system runs as the user, who owns its socket") {
  auto job = agent();
  job.reach = Reach::System;
  job.user = "alice";
  job.uid = 501;
  job.arguments.insert(job.arguments.end(), {"--state-dir", "/Users/alice/Library/Application Support/microvm"});

  const auto text = jobText(job);

  REQUIRE(text);
  CHECK(*text == golden("daemon.plist"));
}

TEST_CASE("another parser reads what we write, with any path") {
  auto job = agent();
  job.program = "/Users/alice/a & b/<micro> \"vm\"/microvmd";
  const auto text = jobText(job);
  REQUIRE(text);

  const auto list = readByPython(*text);

  CHECK(list == Json(jobList(job)));
  CHECK(list.at("Label") == "dev.microvm.microvmd");
  CHECK(list.at("ProgramArguments").at(0) == job.program);
  CHECK(list.at("ProcessType") == "Interactive");
  CHECK(list.at("AbandonProcessGroup") == true);
  CHECK(list.at("KeepAlive") == Json{{"SuccessfulExit", false}});
  CHECK(list.at("Sockets").at("api").at("SockPathMode") == 384);
}

TEST_CASE("the parts of an installed list are found again") {
  const auto text = jobText(agent()).value_or("");

  auto words = agent().arguments;
  words.insert(words.begin(), "/opt/homebrew/bin/microvmd");
  CHECK(commandOf(text) == words);
  CHECK(socketOf(text) == "/Users/alice/.microvm/run/api.sock");
  CHECK(logsOf(text).own == "/Users/alice/Library/Logs/microvm/microvmd.log");
  CHECK(logsOf(text).early == "/Users/alice/Library/Logs/microvm/microvmd.early.log");
}

TEST_CASE("a list without those parts has none") {
  CHECK(commandOf("<plist><dict><key>Program</key><string>/x</string></dict></plist>") ==
        std::vector<std::string>{"/x"});
  for (const auto* text : {"", "no list", "<plist><array/></plist>", "<plist><dict/></plist>",
                           "<plist><dict><key>ProgramArguments</key><true/></dict></plist>"}) {
    CHECK(commandOf(text).empty());
    CHECK(socketOf(text).empty());
    CHECK(logsOf(text).own.empty());
    CHECK(logsOf(text).early.empty());
  }
}
