// microvmctl doctor on this host, and what a start that fails says of it.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ProgramResult ctl(const std::string& socket, std::vector<std::string> arguments, Program::Options options = {}) {
  arguments.insert(arguments.begin(), {"--host", "unix://" + socket});
  return runProgram(builtProgram("microvmctl"), std::move(arguments), std::move(options));
}

/// One check of `doctor -o json`.
Json checkOf(const ProgramResult& result, const std::string& id) {
  for (const auto& check : Json::parse(result.out))
    if (check.at("id") == id) return check;
  throw std::runtime_error("no check " + id + " in " + result.out);
}

}  // namespace

TEST_CASE("a daemon that answers and its runner are found, and nothing is an error") {
  const Daemon daemon;

  const auto result = ctl(daemon.api().socket(), {"doctor", "-o", "json"});

  CHECK(checkOf(result, "daemon").at("status") == "ok");
  CHECK(mentions(checkOf(result, "daemon").at("finding"), std::to_string(daemon.pid())));
  CHECK(checkOf(result, "versions").at("status") == "ok");
  CHECK(checkOf(result, "runner").at("status") == "ok");
  CHECK(checkOf(result, "state-folder").at("status") == "ok");
  CHECK(mentions(checkOf(result, "state-folder").at("finding"), daemon.stateFolder()));
  CHECK(checkOf(result, "run-folder").at("status") == "ok");
  for (const auto& check : Json::parse(result.out))
    CHECK_MESSAGE(check.at("status") != "error", check.dump());
  CHECK(result.code == 0);
}

TEST_CASE("a daemon that is not there is an error, and the rest is examined") {
  const TempDir folder;

  const auto result = ctl(folder / "api.sock", {"doctor", "-o", "json"});

  CHECK(result.code == 1);
  CHECK(checkOf(result, "daemon").at("status") == "error");
  CHECK(mentions(checkOf(result, "daemon").at("finding"), folder / "api.sock"));
  CHECK(checkOf(result, "runner").at("status") == "ok");
  CHECK(mentions(checkOf(result, "runner").at("finding"), builtProgram("vfkit-qemu")));
}

TEST_CASE("vfkit-qemu is asked for QEMU and for what its guests would run under") {
  const TempDir folder;

  const auto result = ctl(folder / "api.sock", {"doctor", "-o", "json"});

  CHECK(checkOf(result, "runner-version").at("status") == "ok");
  const auto qemu = checkOf(result, "qemu").at("status");
  CHECK((qemu == "ok" || qemu == "error"));
}

TEST_CASE("people get a table on standard output and the count on standard error") {
  const TempDir folder;

  const auto result = ctl(folder / "api.sock", {"doctor"});

  CHECK(result.code == 1);
  CHECK(mentions(result.out, "error    daemon"));
  CHECK(mentions(result.out, "Try: microvmctl service install"));
  CHECK(mentions(result.err, " checks: "));
  CHECK(ctl(folder / "api.sock", {"doctor", "--quiet"}).err.empty());
}

TEST_CASE("a program gets a check a line") {
  const TempDir folder;

  const auto result = ctl(folder / "api.sock", {"doctor", "-o", "jsonl"});

  CHECK(Json::parse(result.out.substr(0, result.out.find('\n'))).at("id") == "runner");
}

TEST_CASE("a runner that is nowhere, or may not be executed, is an error that says how to get one") {
  const TempDir folder;
  fs::copy_file(builtProgram("microvmctl"), folder / "microvmctl");
  const auto look = [&] {
    return checkOf(runProgram(folder / "microvmctl", {"doctor", "-o", "json"}, {{"PATH=/nonexistent"}, {}}), "runner");
  };

  const auto nowhere = look();
  folder.write("vfkit-qemu", "not a program");
  const auto forbidden = look();

  CHECK(nowhere.at("status") == "error");
  CHECK(mentions(nowhere.at("finding"), "is neither in"));
  CHECK(mentions(nowhere.at("fix"), "vfkit-qemu"));
  CHECK(forbidden.at("status") == "error");
}

TEST_CASE("a runner that the daemon does not find is an error with the daemon's own words") {
  const TempDir folder;
  const auto forbidden = folder.write("vfkit", "not a program");

  for (const std::string& program : {std::string("/nowhere/vfkit"), forbidden}) {
    const Daemon daemon(program);
    const auto result = ctl(daemon.api().socket(), {"doctor", "-o", "json"});
    CHECK(result.code == 1);
    CHECK(checkOf(result, "runner").at("status") == "error");
    CHECK(mentions(checkOf(result, "runner").at("finding"), program));
  }
}

TEST_CASE("a run folder that is too long for its sockets is an error that says by how much") {
  const TempDir folder;
  const std::string home = folder / std::string(80, 'x');

  const auto result =
      runProgram(builtProgram("microvmctl"), {"doctor", "-o", "json"}, {{"XDG_RUNTIME_DIR=" + home}, {}});

  const auto check = checkOf(result, "socket-paths");
  CHECK(result.code == 1);
  CHECK(check.at("status") == "error");
  CHECK(mentions(check.at("finding"), home + "/microvm is "));
  CHECK(mentions(check.at("fix"), "--run-dir"));
}

TEST_CASE("a state folder that others may write in is an error") {
  const TempDir folder;
  fs::create_directories(folder / "state/microvm");
  fs::permissions(folder / "state/microvm", fs::perms::all);

  const auto result =
      ctl(folder / "api.sock", {"doctor", "-o", "json"}, {{"XDG_STATE_HOME=" + (folder / "state")}, {}});

  const auto check = checkOf(result, "state-folder");
  CHECK(check.at("status") == "error");
  CHECK(mentions(check.at("finding"), "mode 0777"));
}

TEST_CASE("a start that fails for want of a runner tells the cause and how to get one") {
  const Daemon daemon("/nowhere/vfkit");
  daemon.create("web");

  const auto result = ctl(daemon.api().socket(), {"start", "web"});

  CHECK(result.code == 1);
  CHECK(mentions(result.err, "most likely cause: cannot use the program /nowhere/vfkit"));
  CHECK(mentions(result.err, ", or start microvmd with --"));
  CHECK_FALSE(mentions(ctl(daemon.api().socket(), {"start", "--quiet", "web"}).err, "most likely"));
  const auto json = ctl(daemon.api().socket(), {"start", "-o", "json", "web"}).err;
  const auto line = Json::parse(json.substr(json.find('\n') + 1));
  CHECK(line.at("likelyCause").at("id") == "runner");
}

TEST_CASE("a start that fails by itself on a healthy host blames nothing") {
  const Daemon daemon;
  daemon.script({{"end", {{"after", 0}, {"code", 1}, {"stderr", "the guest is odd\n"}}}});
  daemon.create("web");

  const auto result = ctl(daemon.api().socket(), {"start", "--wait", "web"});

  CHECK(result.code == 1);
  CHECK(mentions(result.err, "the guest is odd"));
  CHECK_FALSE(mentions(result.err, "most likely"));
}

TEST_CASE("a mistake in the name is no reason to examine the host") {
  const Daemon daemon("/nowhere/vfkit");

  CHECK_FALSE(mentions(ctl(daemon.api().socket(), {"start", "none"}).err, "most likely"));
}
