#include "client/service/launchd/launchd_control.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "client/service/launchd/job_list.hpp"
#include "tests/support/service_managers/managed_host.hpp"

using namespace microvm;
using namespace microvm::service;
using test::ManagedHost;
using test::readText;

namespace {

constexpr const char* kLoadedHere = "loaded/gui,501,dev.microvm.microvmd";

struct Mac {
  explicit Mac(Reach reach = Reach::User, unsigned uid = 501, const std::string& manager = "launchctl")
      : managed(manager), daemon(managed.program("my microvmd")), vfkit(managed.program("vfkit")) {
    // Root can give a folder to anybody, everybody else only to themselves.
    owner = Owner{"alice", ::getuid() == 0 ? 12'345 : ::getuid(), managed.folder() / "home"};
    control = makeLaunchdControl(managed.host(reach, uid));
  }

  [[nodiscard]] Job job() const { return test::must(control->job(owner, daemon, vfkit)); }
  [[nodiscard]] std::string list() const {
    return managed.folder() / "home/Library/LaunchAgents/dev.microvm.microvmd.plist";
  }
  [[nodiscard]] bool isLoaded() const { return managed.isSet(kLoadedHere); }
  [[nodiscard]] Notes install() const { return test::must(control->install(job(), Foreign::Refuse)); }

  ManagedHost managed;
  std::string daemon;
  std::string vfkit;
  Owner owner;
  std::unique_ptr<Control> control;
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool mentions(const Notes& notes, const std::string& part) {
  return std::any_of(notes.begin(), notes.end(), [&](const auto& note) { return mentions(note, part); });
}

}  // namespace

TEST_CASE("an agent is written, loaded into the session's domain, and runs") {
  const Mac mac;

  const auto notes = mac.install();

  CHECK(notes.empty());
  const auto socket = mac.job().socket;
  CHECK(commandOf(readText(mac.list())) ==
        std::vector<std::string>{mac.daemon, "--vfkit", mac.vfkit, "--run-dir", socket.substr(0, socket.rfind('/')),
                                 "--log-file", mac.managed.folder() / "home/Library/Logs/microvm/microvmd.log"});
  struct stat info {};
  REQUIRE(::stat(mac.list().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0644);
  CHECK(std::filesystem::is_directory(mac.managed.folder() / "home/Library/Logs/microvm"));
  CHECK(mac.isLoaded());
  const auto status = test::must(mac.control->status());
  CHECK(status.installed);
  CHECK(status.enabled);
  CHECK(status.active);
  CHECK(status.pid == 4001);
  CHECK(status.where == "launchd gui/501");
  CHECK(status.program == mac.daemon);
  CHECK(status.socket == mac.job().socket);
  CHECK(status.problems == Notes{});
}

TEST_CASE("a session over ssh loads it into the user's domain") {
  const Mac mac;
  mac.managed.set("managername", "Background");

  (void)mac.install();

  CHECK(mac.managed.isSet("loaded/user,501,dev.microvm.microvmd"));
}

TEST_CASE("a second install changes nothing") {
  const Mac mac;
  (void)mac.install();
  (void)mac.managed.newCalls();

  const auto notes = mac.install();

  CHECK(mentions(notes, "installed already"));
  const auto calls = mac.managed.newCalls();
  CHECK_FALSE(mentions(calls, "bootstrap"));
  CHECK_FALSE(mentions(calls, "bootout"));
  CHECK(test::must(mac.control->status()).pid == 4001);
}

TEST_CASE("another program is installed in the place of the first, which is waited for") {
  const Mac mac;
  (void)mac.install();
  auto moved = mac.job();
  moved.program = mac.managed.program("newer microvmd");

  (void)test::must(mac.control->install(moved, Foreign::Refuse));

  const auto calls = mac.managed.newCalls();
  CHECK(mentions(calls, "bootout gui/501/dev.microvm.microvmd"));
  CHECK(test::must(mac.control->status()).program == moved.program);
  CHECK(test::must(mac.control->status()).pid == 4002);
}

TEST_CASE("one that was disabled by the user is enabled, and that is said") {
  const Mac mac;
  mac.managed.set("disabled/dev.microvm.microvmd");
  CHECK(mentions(test::must(mac.control->status()).problems, "disabled"));

  const auto notes = mac.install();

  CHECK(mentions(notes, "disabled"));
  CHECK(mac.isLoaded());
}

TEST_CASE("one that is loaded in another domain is not doubled") {
  const Mac mac;
  mac.managed.set("managername", "Background");
  (void)mac.install();
  mac.managed.set("managername", "Aqua");

  const auto refused = mac.control->install(mac.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::InUse);
  CHECK(mentions(refused.error().detail, "user/501"));
  CHECK(mentions(refused.error().hint, "uninstall"));
  CHECK(test::must(mac.control->status()).where == "launchd user/501");
  (void)test::must(mac.control->install(mac.job(), Foreign::Replace));
  CHECK(test::must(mac.control->status()).where == "launchd gui/501");
}

TEST_CASE("a list that somebody else wrote is left alone without force") {
  const Mac mac;
  mac.managed.folder().write("home/Library/LaunchAgents/dev.microvm.microvmd.plist", "<plist><dict/></plist>");

  const auto refused = mac.control->install(mac.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::AlreadyExists);
  CHECK(mentions(refused.error().hint, "--force"));
  CHECK_FALSE(mac.control->uninstall(Foreign::Refuse));
  CHECK(readText(mac.list()) == "<plist><dict/></plist>");
  CHECK(test::must(mac.control->status()).isForeign);
  (void)test::must(mac.control->install(mac.job(), Foreign::Replace));
  CHECK_FALSE(test::must(mac.control->status()).isForeign);
}

TEST_CASE("a service of Homebrew's is not doubled") {
  const Mac mac;
  mac.managed.set("loaded/gui,501,homebrew.mxcl.microvmd", "\tstate = running");

  const auto refused = mac.control->install(mac.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::AlreadyExists);
  CHECK(mentions(refused.error().hint, "brew services stop microvmd"));
  CHECK(mentions(test::must(mac.control->status()).problems, "Homebrew"));
}

TEST_CASE("without launchctl every call says so") {
  const Mac mac(Reach::User, 501, "");

  for (const auto& error : {mac.control->install(mac.job(), Foreign::Refuse).error(), mac.control->start().error(),
                            mac.control->status().error(), mac.control->uninstall(Foreign::Refuse).error()}) {
    if (error.code == Errc::NotFound) continue;  // start() sees first that nothing is installed
    CHECK(error.code == Errc::Unavailable);
    CHECK(mentions(error.detail, "launchctl"));
  }
}

TEST_CASE("what launchd refuses is told with its words and the way out") {
  const Mac mac;
  struct Row {
    const char* says;
    Errc code;
  };
  for (const auto& row : {Row{"1 Bootstrap failed: 1: Operation not permitted", Errc::Permission},
                          Row{"125 Domain does not support specified action", Errc::Unavailable},
                          Row{"134 Service cannot load in requested session", Errc::Io},
                          Row{"119 Bootstrap failed: 119: Service is disabled", Errc::Io}}) {
    mac.managed.set("fail.bootstrap", row.says);
    const auto refused = mac.control->install(mac.job(), Foreign::Refuse);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == row.code);
    CHECK(mentions(refused.error().detail, std::string(row.says).substr(4)));
    CHECK_FALSE(refused.error().hint.empty());
  }
}

TEST_CASE("a load that never happens ends with launchd's error") {
  const Mac mac;
  mac.managed.set("fail.bootstrap", "5 Bootstrap failed: 5: Input/output error");
  auto host = mac.managed.host();
  host.patience = Milliseconds(100);

  const auto refused = makeLaunchdControl(host)->install(mac.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(mentions(refused.error().detail, "Input/output error"));
}

TEST_CASE("stop unloads until the next login, start loads again") {
  const Mac mac;
  (void)mac.install();

  CHECK(mentions(test::must(mac.control->stop()), "next login"));
  CHECK_FALSE(mac.isLoaded());
  CHECK(mentions(test::must(mac.control->stop()), "already"));
  const auto stopped = test::must(mac.control->status());
  CHECK(stopped.installed);
  CHECK_FALSE(stopped.active);
  CHECK(stopped.state == "not loaded");

  CHECK(test::must(mac.control->start()).empty());
  CHECK(mac.isLoaded());
  CHECK(mentions(test::must(mac.control->start()), "already"));
}

TEST_CASE("a restart ends the process and begins another") {
  const Mac mac;
  (void)mac.install();

  (void)test::must(mac.control->restart());

  CHECK(test::must(mac.control->status()).pid == 4002);
  CHECK(mentions(mac.managed.newCalls(), "kickstart -k gui/501/dev.microvm.microvmd"));
}

TEST_CASE("a restart of one that is not loaded starts it") {
  const Mac mac;
  (void)mac.install();
  (void)test::must(mac.control->stop());

  (void)test::must(mac.control->restart());

  CHECK(mac.isLoaded());
}

TEST_CASE("what was never installed is not started, stopped or shown") {
  const Mac mac;

  for (const auto& error : {mac.control->start().error(), mac.control->stop().error(), mac.control->restart().error(),
                            mac.control->logCommand(10, false).error()}) {
    CHECK(error.code == Errc::NotFound);
    CHECK(mentions(error.hint, "service install"));
  }
  CHECK_FALSE(test::must(mac.control->status()).installed);
  CHECK(mentions(test::must(mac.control->uninstall(Foreign::Refuse)), "not installed"));
}

TEST_CASE("uninstall leaves neither job nor list, and a second one succeeds") {
  const Mac mac;
  (void)mac.install();

  (void)test::must(mac.control->uninstall(Foreign::Refuse));

  CHECK_FALSE(mac.isLoaded());
  CHECK_FALSE(std::filesystem::exists(mac.list()));
  CHECK(mentions(test::must(mac.control->uninstall(Foreign::Refuse)), "not installed"));
}

TEST_CASE("a program or a runner that vanished is told by status and refused by start and restart") {
  for (const bool isRunner : {false, true}) {
    const Mac mac;
    (void)mac.install();
    std::filesystem::remove(isRunner ? mac.vfkit : mac.daemon);

    CHECK(mentions(test::must(mac.control->status()).problems, isRunner ? mac.vfkit : mac.daemon));
    const auto refused = mac.control->restart();
    REQUIRE_FALSE(refused);
    CHECK(mentions(refused.error().detail, "service install"));
    CHECK(test::must(mac.control->status()).pid == 4001);
  }
}

TEST_CASE("without a vfkit nothing is installed") {
  const Mac mac;

  const auto refused = mac.control->job(mac.owner, mac.daemon, std::nullopt);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::RunnerMissing);
  CHECK(mentions(refused.error().hint, "brew install vfkit"));
  CHECK(mac.control->job(mac.owner, mac.daemon, mac.vfkit));
}

TEST_CASE("a path that no list can hold is refused") {
  const Mac mac;

  const auto refused = mac.control->job(mac.owner, "/opt/micro\nvmd", mac.vfkit);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Invalid);
}

TEST_CASE("a service of the system is for root to change") {
  const Mac mac(Reach::System, 501);

  const auto refused = mac.control->install(mac.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Permission);
  CHECK(mentions(refused.error().hint, "sudo"));
}

TEST_CASE("root installs a daemon into the system's domain") {
  const Mac mac(Reach::System, 0);

  (void)mac.install();

  CHECK(mac.managed.isSet("loaded/system,dev.microvm.microvmd"));
  // What root had to make on the way to the user's folders is the user's.
  struct stat info {};
  REQUIRE(::stat((mac.managed.folder() / "home/Library/Logs").c_str(), &info) == 0);
  CHECK(info.st_uid == mac.owner.uid);
  const auto text = readText(mac.managed.folder() / "Library/LaunchDaemons/dev.microvm.microvmd.plist");
  CHECK(mentions(text, "<key>UserName</key>\n  <string>alice</string>"));
  // It works where launchd listens for it, whatever root's own folders are.
  const auto words = commandOf(text);
  const auto flag = std::find(words.begin(), words.end(), "--run-dir");
  REQUIRE(flag != words.end());
  CHECK(*std::next(flag) == mac.owner.home + "/.microvm/run");
  CHECK(socketOf(text) == mac.owner.home + "/.microvm/run/api.sock");
  CHECK(mentions(test::must(mac.control->stop()), "next boot"));
}

TEST_CASE("a user whose home folder is too long for sockets has no daemon of the system") {
  Mac mac(Reach::System, 0);
  mac.owner.home = "/Users/" + std::string(70, 'a');

  const auto refused = mac.control->job(mac.owner, mac.daemon, mac.vfkit);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Invalid);
  CHECK(mentions(refused.error().hint, "as alice, without --system"));
}

TEST_CASE("a session of the system is no place for an agent") {
  const Mac mac;
  mac.managed.set("managername", "System");

  const auto refused = mac.control->install(mac.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(mentions(refused.error().hint, "--system --user NAME"));
}

TEST_CASE("the log is shown by tail") {
  const Mac mac;
  (void)mac.install();
  const std::string logs = "home/Library/Logs/microvm/";
  CHECK(mac.control->logCommand(20, false).error().code == Errc::NotFound);
  const auto early = mac.managed.folder().write(logs + "microvmd.early.log", "");
  const auto log = mac.managed.folder().write(logs + "microvmd.log", "ready\n");

  CHECK(test::must(mac.control->logCommand(20, true)) == std::vector<std::string>{"tail", "-n", "20", "-F", log});

  // What launchd has is shown as soon as there is anything.
  (void)mac.managed.folder().write(logs + "microvmd.early.log", "dyld: no\n");
  CHECK(test::must(mac.control->logCommand(5, false)) == std::vector<std::string>{"tail", "-n", "5", log, early});
}
