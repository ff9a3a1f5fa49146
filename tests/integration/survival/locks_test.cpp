// Locks and run folders that are taken away from a VM that runs.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <poll.h>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "api/http/unix_client.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/vm_answers.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

/// Also the one that an older shim does not have.
void removeLocks(const Daemon& daemon, const Json& vm) {
  fs::remove(runFolderOfOnlyVm(daemon) + "/lock");
  fs::remove(daemon.stateFolderOf(idOf(vm)) + "/lock");
}

enum class Loss { WhileTheDaemonRuns, WhileNoneRuns, WithTheOtherLock };

void loseRunFolder(Daemon& daemon, const Json& vm, Loss loss) {
  if (loss == Loss::WhileNoneRuns) daemon.kill9();
  fs::remove_all(runFolderOfOnlyVm(daemon));
  if (loss == Loss::WithTheOtherLock) fs::remove(daemon.stateFolderOf(idOf(vm)) + "/lock");
  if (loss == Loss::WhileNoneRuns) daemon.start();
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A daemon on the same state folder and the same socket, with another run folder.
class Elsewhere {
public:
  explicit Elsewhere(const Daemon& daemon) : folder_(daemon.folder() / "elsewhere") {
    auto words = daemon.arguments();
    std::replace(words.begin(), words.end(), daemon.runFolder(), folder_);
    words.insert(words.end(), {"--socket", daemon.api().socket()});
    program_.emplace(builtProgram("microvmd"), std::move(words));
    waitUntil("the other daemon to serve", [&] {
      microvm::http::UnixClient client(daemon.api().socket());
      microvm::http::Request request;
      request.target = "/readyz";
      const auto response = client.request(std::move(request), microvm::Milliseconds(2'000));
      return response && response->status == 200;
    });
  }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  void end() {
    program_->signal(SIGTERM);
    CHECK(program_->finish().code == 0);
  }

private:
  std::string folder_;
  std::optional<Program> program_;
};

void checkThatItStops(const Daemon& daemon, const Json& vm) {
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK_FALSE(runs(runnerOf(vm)));
}

}  // namespace

TEST_CASE("a VM whose lock file was removed is adopted by its shim's answer, beside all others") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  removeLocks(daemon, web);
  daemon.createRunning("db", kShort);
  daemon.kill9();

  daemon.start();

  CHECK(daemon.api().state("web") == "running");
  CHECK(runnerOf(daemon.api().vm("web")) == runnerOf(web));
  CHECK(daemon.api().state("db") == "running");
  CHECK(daemon.calls("start").size() == 2);
  checkThatItStops(daemon, web);
}

TEST_CASE("a VM of which either lock is left is adopted, and stops") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  SUBCASE("the one in the state folder") {
    fs::remove(runFolderOfOnlyVm(daemon) + "/lock");
  }
  SUBCASE("the one in the run folder") {
    fs::remove(daemon.stateFolderOf(idOf(web)) + "/lock");
  }
  daemon.kill9();

  daemon.start();

  CHECK(daemon.api().state("web") == "running");
  checkThatItStops(daemon, web);
  CHECK(daemon.calls("start").size() == 1);
}

TEST_CASE("a daemon with another run folder finds what runs where it runs, and starts it anew in its own") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  const auto old = runFolderOfOnlyVm(daemon);
  daemon.terminate();
  Elsewhere other(daemon);

  CHECK(daemon.api().state("web") == "running");
  CHECK(runnerOf(daemon.api().vm("web")) == runnerOf(web));
  CHECK(mentions(daemon.api().lastEvent("web", "vm.adopted").at("detail"), old));
  checkThatItStops(daemon, web);
  CHECK(daemon.calls("start").size() == 1);

  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK(fs::exists(other.folder() + "/" + fs::path(old).filename().string() + "/lock"));
  CHECK_FALSE(fs::exists(old + "/shim.sock"));

  other.end();
  daemon.start();
  CHECK(daemon.api().state("web") == "running");
}

TEST_CASE("how a VM ended while nobody watched is read where it ran") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  daemon.terminate();
  killProcess(runnerOf(web), SIGTERM);
  waitUntil("the shim to end", [&] { return !runs(web.at("status").at("shimPid")); });

  Elsewhere other(daemon);

  CHECK(daemon.api().state("web") == "stopped");
  CHECK_FALSE(mentions(daemon.api().vm("web").at("status").at("reason"), "without telling why"));
  other.end();
  daemon.start();
}

TEST_CASE("a VM whose run folder was removed runs once, and is ended by whatever asks for it") {
  Daemon daemon;
  for (const auto loss : {Loss::WhileTheDaemonRuns, Loss::WhileNoneRuns, Loss::WithTheOtherLock}) {
    for (const std::string action : {"stop", "kill", "delete"}) {
      CAPTURE(static_cast<int>(loss));
      CAPTURE(action);
      const auto before = daemon.calls("start").size();
      const auto web = daemon.createRunning("web", kShort);

      loseRunFolder(daemon, web, loss);

      CHECK(daemon.api().state("web") == "running");
      if (action != "delete") {
        const auto answer = daemon.api().post("/v1/vms/web/" + action, {}, {{"Prefer", "wait=20"}});
        CHECK_MESSAGE(answer.status == 200, answer.text);
        CHECK_FALSE(runs(runnerOf(web)));
      }
      CHECK(daemon.api().remove("/v1/vms/web?force=true").status == 204);
      CHECK_FALSE(runs(runnerOf(web)));
      CHECK(daemon.calls("start").size() == before + 1);
    }
  }
}

TEST_CASE("an exit record of another run is not believed") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  std::ofstream(runFolderOfOnlyVm(daemon) + "/exit.json")
      << R"({"code":0,"signal":null,"at":"2020-01-01T00:00:00.000Z","reason":"the guest powered off"})";

  killProcess(web.at("status").at("shimPid"), SIGKILL);

  waitUntil("the VM to stop", [&] { return daemon.api().state("web") == "stopped"; });
  CHECK(mentions(daemon.api().vm("web").at("status").at("reason"), "microvm-shim"));
  CHECK(daemon.api().lastEvent("web", "vm.stopped").at("cause") != "guest");
  CHECK(mentions(daemon.log(), "an exit record is not of the last run"));
}

TEST_CASE("a daemon that still looks for what runs ends when it is told to") {
  Daemon daemon;
  daemon.createRunning("web", kShort);
  const auto folder = runFolderOfOnlyVm(daemon);
  daemon.kill9();
  fs::rename(folder, daemon.folder() / "away");
  fs::create_directory(folder);
  {
    const auto silent = must(microvm::listenUnix(folder + "/shim.sock"));  // takes connections and never says a word
    Program next(builtProgram("microvmd"), daemon.arguments());
    pollfd asked{silent.get(), POLLIN, 0};
    REQUIRE(::poll(&asked, 1, 20'000) == 1);

    next.signal(SIGTERM);

    const auto ended = next.finish();
    CHECK(ended.code == 0);
    CHECK_FALSE(mentions(ended.err, "microvmd is ready"));
  }
  fs::remove_all(folder);
  fs::rename(daemon.folder() / "away", folder);
  daemon.start();
  CHECK(daemon.api().state("web") == "running");
}
