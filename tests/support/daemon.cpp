#include "tests/support/daemon.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/processes.hpp"
#include "tests/support/stand_ins/kernel_head.hpp"

namespace microvm::test {
namespace {

bool testHasFailed = false;

/// Notes whether the running test has failed, so that the daemon's log is only shown then.
class FailureListener final : public doctest::IReporter {
public:
  explicit FailureListener(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData&) override { testHasFailed = false; }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& assertion) override {
    testHasFailed = testHasFailed || assertion.m_failed;
  }
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

REGISTER_LISTENER("failure", 1, FailureListener);

}  // namespace

Daemon::Daemon(const std::string& runner, std::vector<std::string> flags)
    : runner_(runner), flags_(std::move(flags)), api_(folder_ / "run/api.sock") {
  folder_.write("kernel", kernelHead());
  folder_.write("initrd", "an initrd");
  if (runner_.empty()) {
    runner_ = folder_ / "runner/vfkit";
    std::filesystem::create_directories(folder_ / "runner");
    std::filesystem::create_symlink(builtProgram("scripted-vfkit"), runner_);
  }
  start();
}

Daemon::~Daemon() {
  try {
    endEverything();
  } catch (const std::exception& problem) {
    FAIL_CHECK("the daemon's processes: ", problem.what());
    killProcessesNaming(folder_.path());
  }
  if (testHasFailed || std::uncaught_exceptions() > 0) fmt::print(stderr, "--- microvmd's log\n{}---\n", log());
}

void Daemon::endEverything() {
  if (!program_ || std::uncaught_exceptions() > 0) return killProcessesNaming(folder_.path());
  const auto listed = api_.get("/v1/vms").json();
  for (const auto& vm : listed.at("items")) {
    api_.remove("/v1/vms/" + vm.at("metadata").at("id").get<std::string>() + "?force=true");
  }
  terminate();
  const auto left = processesNaming(folder_.path());
  for (const auto& process : left)
    FAIL_CHECK("a process is left: ", process.commandLine);
  killProcessesNaming(folder_.path());
}

std::vector<std::string> Daemon::arguments() const {
  std::vector<std::string> words{"--state-dir", stateFolder(), "--run-dir", runFolder(),    "--log-level",
                                 "debug",       "--vfkit",     runner_,     "--vfkit-qemu", runner_};
  words.insert(words.end(), flags_.begin(), flags_.end());
  return words;
}

void Daemon::start(const Launch& launch) {
  auto words = arguments();
  words.insert(words.end(), launch.flags.begin(), launch.flags.end());
  if (launch.limits.empty()) {
    program_.emplace(builtProgram("microvmd"), std::move(words));
  } else {
    words.insert(words.begin(), {"-c", launch.limits + "; exec \"$0\" \"$@\"", builtProgram("microvmd")});
    program_.emplace("/bin/sh", std::move(words));
  }
  waitUntil("microvmd to be ready; its log: " + program_->errSoFar(), [&] {
    if (!runs(program_->pid())) throw std::runtime_error("microvmd ended: " + program_->errSoFar());
    http::UnixClient client(api_.socket());
    http::Request request;
    request.target = "/readyz";
    const auto response = client.request(std::move(request), Milliseconds(2'000));
    return response && response->status == 200;
  });
}

void Daemon::kill9() {
  program_->signal(SIGKILL);
  log_ += program_->finish().err;
  program_.reset();
}

ProgramResult Daemon::terminate() {
  program_->signal(SIGTERM);
  auto result = program_->finish();
  log_ += result.err;
  program_.reset();
  return result;
}

void Daemon::script(const Json& rules) const {
  folder_.write("runner/vfkit.json", rules.dump());
}

void Daemon::give(const std::string& sign) const {
  folder_.write("runner/" + sign, "");
}

std::vector<Json> Daemon::calls(const std::string& kind) const {
  std::istringstream lines(readText(folder_ / "runner/vfkit.calls"));
  std::vector<Json> found;
  for (std::string line; std::getline(lines, line);) {
    auto call = Json::parse(line, nullptr, false);
    if (call.is_object() && (kind.empty() || call.at("call") == kind)) found.push_back(std::move(call));
  }
  return found;
}

std::vector<std::string> Daemon::changesAsked() const {
  std::vector<std::string> changes;
  for (const auto& call : calls("request")) {
    const auto body = Json::parse(call.at("body").get<std::string>(), nullptr, false);
    if (call.at("method") == "POST" && body.is_object()) changes.push_back(body.value("state", ""));
  }
  return changes;
}

void Daemon::waitForCall(const std::string& kind) const {
  waitUntil("the runner's call " + kind, [&] { return !calls(kind).empty(); });
}

Json Daemon::definition(const std::string& name, const Json& spec) const {
  Json body{
      {"metadata", {{"name", name}}},
      {"spec",
       {{"cpus", 1},
        {"memory", "64MiB"},
        {"boot",
         {{"linux", {{"kernel", folder_ / "kernel"}, {"initrd", folder_ / "initrd"}, {"cmdline", {"vm=" + name}}}}}}}}};
  body["spec"].merge_patch(spec);
  return body;
}

Json Daemon::create(const std::string& name, const Json& spec) const {
  const auto answer = api_.post("/v1/vms", definition(name, spec));
  if (answer.status != 201) throw std::runtime_error("create " + name + ": " + answer.text);
  return answer.json();
}

Json Daemon::createRunning(const std::string& name, const Json& spec) const {
  create(name, spec);
  const auto answer = api_.post("/v1/vms/" + name + "/start", {}, {{"Prefer", "wait=20"}});
  if (answer.status != 200) throw std::runtime_error("start " + name + ": " + answer.text);
  return answer.json();
}

}  // namespace microvm::test
