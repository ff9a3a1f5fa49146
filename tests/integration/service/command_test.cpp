// microvmctl service against a stand-in for systemctl that really runs the daemon.
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Host {
public:
  Host() {
    const std::string stand = std::string(std::getenv("MICROVM_SOURCE")) + "/tests/support/service_managers/systemctl";
    fs::create_directories(folder_ / "bin/state");
    fs::create_directories(folder_ / "home");
    fs::copy_file(stand, folder_ / "bin/systemctl");
    folder_.write("bin/state/really", "--state-dir " + (folder_ / "state") + " --run-dir " + (folder_ / "run/microvm"));
    const auto journal = folder_.write("bin/journalctl", "#!/bin/sh\necho \"journal $*\"\n");
    fs::permissions(journal, fs::perms::owner_all);
  }
  ~Host() { killProcessesNaming(folder_.path()); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] ProgramResult ctl(std::vector<std::string> words, const std::string& path = "/usr/bin:/bin") const {
    words.insert(words.begin(), "service");
    // The shell sets PATH behind the back of Program, which passes the test's own.
    words.insert(words.begin(),
                 {"-c", "PATH=$PATH_OF_TEST HOME=$HOME_OF_TEST exec \"$0\" \"$@\"", builtProgram("microvmctl")});
    return runProgram("/bin/sh", std::move(words),
                      {{"PATH_OF_TEST=" + (folder_ / "bin") + ":" + path, "HOME_OF_TEST=" + (folder_ / "home"),
                        "XDG_RUNTIME_DIR=" + (folder_ / "run")},
                       ""});
  }
  [[nodiscard]] const TempDir& folder() const { return folder_; }

private:
  TempDir folder_;
};

}  // namespace

TEST_CASE("a service goes through its life from the command line") {
  const Host host;

  const auto installed = host.ctl({"install"});
  REQUIRE_MESSAGE(installed.code == 0, installed.err);
  CHECK(mentions(installed.err, "runs as process"));
  CHECK(installed.out.empty());
  const auto status = host.ctl({"status"});
  CHECK(status.code == 0);
  CHECK(mentions(status.out, "0 of 0 VMs running"));
  CHECK(mentions(status.out, host.folder() / "run/microvm/api.sock"));
  const auto json = host.ctl({"status", "--json"});
  CHECK(mentions(json.out, "\"active\": true"));
  CHECK(mentions(json.out, "\"problems\": []"));
  CHECK(mentions(host.ctl({"install"}).err, "installed already"));
  CHECK(host.ctl({"restart"}).code == 0);
  const auto logs = host.ctl({"logs", "-n", "7"});
  CHECK(logs.code == 0);
  CHECK(logs.out == "journal --user --unit microvmd.service --lines 7 --no-pager\n");

  CHECK(host.ctl({"stop"}).code == 0);
  CHECK(host.ctl({"status"}).code == 3);
  CHECK(host.ctl({"start"}).code == 0);
  CHECK(host.ctl({"uninstall"}).code == 0);
  CHECK(host.ctl({"status"}).code == 4);
  CHECK(host.ctl({"start"}).code == 4);
  const auto none = host.ctl({"logs"});
  CHECK(none.code == 4);
  CHECK(none.out.empty());
}

TEST_CASE("a daemon that was started by hand is not fought with") {
  const Host host;
  const Program byHand(builtProgram("microvmd"),
                       {"--state-dir", host.folder() / "state", "--run-dir", host.folder() / "run/microvm"});
  waitUntil("the daemon", [&] { return mentions(byHand.errSoFar(), "is ready"); });

  const auto refused = host.ctl({"install"});

  CHECK(refused.code == 5);
  CHECK(mentions(refused.err, "as process " + std::to_string(byHand.pid())));
  CHECK(mentions(refused.err, "kill " + std::to_string(byHand.pid())));
  CHECK_FALSE(fs::exists(host.folder() / "home/.config/systemd/user/microvmd.service"));
}

TEST_CASE("without a service manager the operation fails, with a way out") {
  const Host host;
  fs::remove(host.folder() / "bin/systemctl");

  const auto refused = host.ctl({"install"}, "/nonexistent");

  CHECK(refused.code == 1);
  CHECK(mentions(refused.err, "systemctl is in no folder of PATH"));
  CHECK(mentions(refused.err, ". Start microvmd by hand"));
}

TEST_CASE("a command line that makes no sense changes nothing and is exit code 2") {
  const Host host;

  CHECK(mentions(host.ctl({"instal"}).err, "Try: microvmctl service install"));
  CHECK(host.ctl({"instal"}).code == 2);
  CHECK(host.ctl({"install", "--user", "me"}).code == 2);
  CHECK(mentions(host.ctl({"install", "--system"}).err, "--user NAME"));
  CHECK(mentions(host.ctl({"install", "--system", "--user", "no-such-user"}).err, "no-such-user"));
  CHECK(host.ctl({"logs", "-n", "many"}).code == 2);
  CHECK(readText(host.folder() / "bin/state/calls").empty());
}

TEST_CASE("what would be installed can be seen first") {
  const Host host;

  const auto shown = host.ctl({"install", "--dry-run"});

  CHECK(shown.code == 0);
  CHECK(mentions(shown.out, "# " + (host.folder() / "home/.config/systemd/user/microvmd.service")));
  CHECK(mentions(shown.out, "ExecStart=" + builtProgram("microvmd")));
  CHECK_FALSE(fs::exists(host.folder() / "home/.config"));
}
