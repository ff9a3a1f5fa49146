#include "client/service/systemd/systemd_control.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "client/service/systemd/systemctl.hpp"
#include "client/service/systemd/units.hpp"
#include "tests/support/service_managers/managed_host.hpp"

using namespace microvm;
using namespace microvm::service;
using test::ManagedHost;
using test::readText;

namespace {

struct Linux {
  explicit Linux(Reach reach = Reach::User, unsigned uid = 1000, const std::string& manager = "systemctl")
      : managed(manager), daemon(managed.program("my microvmd")) {
    control = makeSystemdControl(managed.host(reach, uid));
  }

  [[nodiscard]] Job job(const std::string& user = "alice") const {
    return test::must(control->job(Owner{user, 1000, managed.folder() / "home"}, daemon, std::nullopt));
  }
  [[nodiscard]] std::string unit(const std::string& name = kServiceUnit) const {
    return managed.folder() / ("home/.config/systemd/user/" + name);
  }
  [[nodiscard]] bool isActive() const { return managed.isSet("active/microvmd.service"); }
  [[nodiscard]] Notes install() const { return test::must(control->install(job(), Foreign::Refuse)); }
  /// Units of a package, for this program.
  void package(const std::string& reach, Job packaged) const {
    managed.folder().write("usr/lib/systemd/" + reach + "/microvmd.service", serviceUnit(packaged));
    managed.folder().write("usr/lib/systemd/" + reach + "/microvmd.socket", socketUnit(packaged));
  }

  ManagedHost managed;
  std::string daemon;
  std::unique_ptr<Control> control;
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool mentions(const Notes& notes, const std::string& part) {
  return std::any_of(notes.begin(), notes.end(), [&](const auto& note) { return mentions(note, part); });
}

}  // namespace

TEST_CASE("the units of a user are written, enabled and started") {
  const Linux host;

  const auto notes = host.install();

  CHECK(readText(host.unit()) == serviceUnit(host.job()));
  CHECK(readText(host.unit(kSocketUnit)) == socketUnit(host.job()));
  CHECK(host.isActive());
  CHECK(mentions(notes, "enable-linger alice"));
  const auto status = test::must(host.control->status());
  CHECK(status.installed);
  CHECK(status.enabled);
  CHECK(status.active);
  CHECK(status.pid == 4242);
  CHECK(status.state == "active (running)");
  CHECK(status.where == "systemd --user");
  CHECK(status.file == host.unit());
  CHECK(status.program == host.daemon);
  CHECK(status.problems == Notes{});
}

TEST_CASE("a user who lingers needs no hint") {
  const Linux host;
  host.managed.folder().write("var/lib/systemd/linger/alice", "");

  CHECK(host.install().empty());
}

TEST_CASE("a second install writes and restarts nothing") {
  const Linux host;
  (void)host.install();
  (void)host.managed.newCalls();

  const auto notes = host.install();

  CHECK(mentions(notes, "installed already"));
  const auto calls = host.managed.newCalls();
  CHECK_FALSE(mentions(calls, "daemon-reload"));
  CHECK_FALSE(mentions(calls, "stop"));
}

TEST_CASE("another program takes the place of the first at once") {
  const Linux host;
  (void)host.install();
  (void)host.managed.newCalls();
  auto moved = host.job();
  moved.program = host.managed.program("newer microvmd");

  (void)test::must(host.control->install(moved, Foreign::Refuse));

  const auto calls = host.managed.newCalls();
  CHECK(mentions(calls, "daemon-reload"));
  CHECK(mentions(calls, "stop microvmd.socket microvmd.service"));
  CHECK(host.isActive());
  CHECK(test::must(host.control->status()).program == moved.program);
}

TEST_CASE("a unit that somebody else wrote is left alone without force") {
  const Linux host;
  host.managed.folder().write("home/.config/systemd/user/microvmd.service", "[Service]\nExecStart=/bin/true\n");

  const auto refused = host.control->install(host.job(), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::AlreadyExists);
  CHECK(mentions(refused.error().detail, host.unit()));
  CHECK(mentions(refused.error().hint, "--force"));
  CHECK(host.control->uninstall(Foreign::Refuse).error().code == Errc::AlreadyExists);
  CHECK(test::must(host.control->status()).isForeign);
  (void)test::must(host.control->install(host.job(), Foreign::Replace));
  CHECK(readText(host.unit()) == serviceUnit(host.job()));
}

TEST_CASE("units of a package are used, not copied, and only switched off") {
  const Linux host;
  auto packaged = host.job();
  host.package("user", packaged);

  const auto notes = host.install();

  CHECK(mentions(notes, "usr/lib/systemd/user/microvmd.service is used"));
  CHECK_FALSE(std::filesystem::exists(host.unit()));
  CHECK(host.isActive());
  CHECK(mentions(test::must(host.control->uninstall(Foreign::Refuse)), "is the package's"));
  CHECK_FALSE(host.isActive());
  CHECK(test::must(host.control->status()).installed);
  CHECK(mentions(test::must(host.control->status()).problems, "not enabled"));
}

TEST_CASE("a package's service of the system runs as one user and is not taken for another's") {
  const Linux host(Reach::System, 0);
  host.package("system", host.job("microvm"));

  const auto refused = host.control->install(host.job("alice"), Foreign::Refuse);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::AlreadyExists);
  CHECK(mentions(refused.error().detail, "user microvm"));
  (void)test::must(host.control->install(host.job("microvm"), Foreign::Refuse));
  CHECK(host.isActive());
  (void)test::must(host.control->install(host.job("alice"), Foreign::Replace));
  CHECK(mentions(readText(host.managed.folder() / "etc/systemd/system/microvmd.service"), "User=alice"));
}

TEST_CASE("a service of the system is for root to change") {
  const Linux host(Reach::System, 1000);

  for (const auto& error : {host.control->install(host.job(), Foreign::Refuse).error(), host.control->start().error(),
                            host.control->stop().error(), host.control->restart().error(),
                            host.control->uninstall(Foreign::Refuse).error()}) {
    CHECK(error.code == Errc::Permission);
    CHECK(mentions(error.hint, "sudo"));
  }
  CHECK(host.control->status());
}

TEST_CASE("without systemctl every call says so") {
  const Linux host(Reach::User, 1000, "");

  for (const auto& error : {host.control->install(host.job(), Foreign::Refuse).error(), host.control->start().error(),
                            host.control->stop().error(), host.control->restart().error(),
                            host.control->status().error(), host.control->uninstall(Foreign::Refuse).error()}) {
    CHECK(error.code == Errc::Unavailable);
    CHECK(mentions(error.detail, "systemctl"));
    CHECK(mentions(error.hint, "microvmd by hand"));
  }
}

TEST_CASE("what systemd refuses is told with its words and the way out") {
  struct Row {
    const char* verb;
    const char* says;
    Errc code;
    const char* hint;
  };
  for (const auto& row : {
           Row{"show", "1 System has not been booted with systemd as init system (PID 1). Can't operate.",
               Errc::Unavailable, "by hand"},
           Row{"show", "1 Failed to connect to bus: No medium found", Errc::Unavailable, "enable-linger"},
           Row{"show", "1 Failed to connect to bus: No such file or directory", Errc::Unavailable, "enable-linger"},
           Row{"enable", "1 Failed to enable unit: Access denied", Errc::Permission, "sudo"},
           Row{"start", "1 Job for microvmd.service failed because the control process exited with error code.",
               Errc::Io, "systemctl --user status"},
       }) {
    const Linux host;
    host.managed.set(std::string("fail.") + row.verb, row.says);
    const auto refused = host.control->install(host.job(), Foreign::Refuse);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == row.code);
    CHECK(mentions(refused.error().detail, std::string(row.says).substr(2)));
    CHECK(mentions(refused.error().hint, row.hint));
  }
}

TEST_CASE("a unit that is masked is told as such") {
  const Linux host;
  (void)host.managed.folder().write("home/.config/systemd/user/x", "");
  std::filesystem::create_symlink("/dev/null", host.unit());

  for (const auto& error : {host.control->install(host.job(), Foreign::Replace).error(), host.control->start().error(),
                            host.control->status().error()}) {
    CHECK(error.code == Errc::WrongState);
    CHECK(mentions(error.hint, "systemctl --user unmask microvmd.service"));
  }
  CHECK(std::filesystem::is_symlink(host.unit()));
}

TEST_CASE("stop, start and restart are systemd's own") {
  const Linux host;
  (void)host.install();
  (void)host.managed.newCalls();

  CHECK(mentions(test::must(host.control->stop()), "next login or boot"));
  CHECK_FALSE(host.isActive());
  CHECK_FALSE(test::must(host.control->status()).active);
  (void)test::must(host.control->start());
  CHECK(host.isActive());
  CHECK(mentions(test::must(host.control->start()), "already"));
  (void)test::must(host.control->restart());
  CHECK(mentions(host.managed.newCalls(), "restart microvmd.service\n"));
}

TEST_CASE("what was never installed is not started, stopped, restarted or shown") {
  const Linux host;

  for (const auto& error : {host.control->start().error(), host.control->stop().error(),
                            host.control->restart().error(), host.control->logCommand(10, false).error()}) {
    CHECK(error.code == Errc::NotFound);
    CHECK(mentions(error.hint, "service install"));
  }
  CHECK_FALSE(test::must(host.control->status()).installed);
  CHECK(mentions(test::must(host.control->uninstall(Foreign::Refuse)), "not installed"));
}

TEST_CASE("uninstall leaves no unit, and a second one succeeds") {
  const Linux host;
  (void)host.install();

  (void)test::must(host.control->uninstall(Foreign::Refuse));

  CHECK_FALSE(host.isActive());
  CHECK_FALSE(std::filesystem::exists(host.unit()));
  CHECK_FALSE(std::filesystem::exists(host.unit(kSocketUnit)));
  CHECK(mentions(test::must(host.control->uninstall(Foreign::Refuse)), "not installed"));
}

TEST_CASE("a program that moved is told by status and refused by restart, which ends nothing") {
  const Linux host;
  (void)host.install();
  std::filesystem::remove(host.daemon);

  CHECK(mentions(test::must(host.control->status()).problems, host.daemon));
  const auto refused = host.control->restart();

  REQUIRE_FALSE(refused);
  CHECK(mentions(refused.error().detail, "service install"));
  CHECK(host.isActive());
}

TEST_CASE("a runner that was named is kept by its whole path, and missed when it vanished") {
  const Linux host;
  const auto runner = host.managed.program("other-qemu");
  const auto job =
      test::must(host.control->job(Owner{"alice", 1000, host.managed.folder() / "home"}, host.daemon, runner));
  (void)test::must(host.control->install(job, Foreign::Refuse));

  std::filesystem::remove(runner);

  CHECK(mentions(test::must(host.control->status()).problems, runner));
  CHECK(host.control->job(Owner{}, host.daemon, runner).error().code == Errc::RunnerMissing);
}

TEST_CASE("a state folder that only this shell knows is written into the unit") {
  Linux host;
  host.managed.variables["XDG_STATE_HOME"] = "/data/my state";
  host.managed.variables["XDG_CONFIG_HOME"] = host.managed.folder() / "config";
  host.control = makeSystemdControl(host.managed.host());

  const auto files = test::must(host.control->files(host.job()));

  CHECK(files[0].path == host.managed.folder() / "config/systemd/user/microvmd.service");
  CHECK(mentions(files[0].text, "--state-dir \"/data/my state/microvm\""));
}

TEST_CASE("the log is shown by journalctl") {
  const Linux user;
  (void)user.install();
  const Linux system(Reach::System, 1000);
  system.package("system", system.job());

  CHECK(test::must(user.control->logCommand(20, true)) == std::vector<std::string>{"journalctl", "--user", "--unit",
                                                                                   "microvmd.service", "--lines", "20",
                                                                                   "--no-pager", "--follow"});
  CHECK(test::must(system.control->logCommand(5, false)) ==
        std::vector<std::string>{"journalctl", "--unit", "microvmd.service", "--lines", "5", "--no-pager"});
}

TEST_CASE("what systemctl shows is read member by member") {
  const auto unit = parseShow(
      "MainPID=812\nLoadState=loaded\nActiveState=activating\nSubState=auto-restart\nFragmentPath=/etc/a=b\n"
      "UnitFileState=enabled\n");

  CHECK(unit.mainPid == 812);
  CHECK(unit.isThere());
  CHECK(unit.isActive());
  CHECK(unit.file == "/etc/a=b");
  CHECK_FALSE(parseShow("LoadState=not-found\n").isThere());
  CHECK_FALSE(parseShow("").isThere());
}
