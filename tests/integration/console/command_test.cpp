// microvmctl console in a terminal.
#include <csignal>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/terminals/terminal.hpp"

using namespace microvm::test;

namespace {

constexpr const char* kDetach = "\x1d";  // ^]

TerminalProgram consoleOf(const Daemon& daemon, const std::string& vm, const std::vector<std::string>& options = {}) {
  std::vector<std::string> words{"--host", "unix://" + daemon.api().socket(), "console", "--tail", "100", vm};
  words.insert(words.end(), options.begin(), options.end());
  return {builtProgram("microvmctl"), words};
}

/// The program in a pipe: what it printed.
ProgramResult control(const Daemon& daemon, std::vector<std::string> words, const std::string& input = "") {
  words.insert(words.begin(), {"--host", "unix://" + daemon.api().socket()});
  return runProgram(builtProgram("microvmctl"), std::move(words), {.environment = {}, .input = input});
}

void echoing(const Daemon& daemon, const std::string& boot = "login: ") {
  daemon.script({{"console", {{"boot", boot}, {"echo", true}}}});
  daemon.createRunning("web");
}

}  // namespace

TEST_CASE("a console session is raw, echoes through the guest, and ends at the detach key") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");

  session.readUntil("login: ");
  waitUntil("the terminal to be raw", [&] { return session.isRaw(); });
  session.type("uname\r");
  session.readUntil("uname\r");
  session.type("\x03");
  session.readUntil("\x03");
  session.type(kDetach);

  CHECK(session.finish() == 0);
  CHECK_FALSE(session.isRaw());
  CHECK(daemon.api().state("web") == "running");
}

TEST_CASE("waiting for what the console says means the boot that the VM is in") {
  const Daemon daemon;
  daemon.script(Json::array({{{"start", 1}, {"console", {{"boot", "first boot\n"}}}},
                             {{"start", 2}, {"console", {{"boot", "second boot\n"}}}}}));
  daemon.createRunning("web");
  const auto waitFor = [&](const std::string& what, const std::string& limit = "20s") {
    return control(daemon, {"wait", "web", "--for", "console=" + what, "--timeout", limit});
  };

  CHECK(waitFor("first").code == 0);
  REQUIRE(daemon.api().post("/v1/vms/web/kill", {}, {{"Prefer", "wait=20"}}).status == 200);
  const auto stopped = waitFor("first");
  CHECK(stopped.code == 5);
  CHECK(stopped.err.find("it is stopped and says nothing") != std::string::npos);

  REQUIRE(daemon.api().post("/v1/vms/web/start").status == 202);
  CHECK(waitFor("second").code == 0);
  CHECK(waitFor("first", "200ms").code == 6);
  CHECK(control(daemon, {"wait", "web", "--for", "console=first", "--offset", "0"}).code == 0);
}

TEST_CASE("a console session ends with its VM and gives the terminal back") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");
  session.readUntil("login: ");

  daemon.api().post("/v1/vms/web/stop");

  session.finish();
  CHECK_FALSE(session.isRaw());
}

TEST_CASE("a console session that is terminated gives the terminal back") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");
  session.readUntil("login: ");
  waitUntil("the terminal to be raw", [&] { return session.isRaw(); });

  killProcess(session.pid(), SIGTERM);

  session.finish();
  CHECK_FALSE(session.isRaw());
}

TEST_CASE("a console of a stopped VM is refused and the terminal stays as it was") {
  const Daemon daemon;
  daemon.create("web");
  auto session = consoleOf(daemon, "web");

  session.readUntil("web");

  CHECK(session.finish() == 5);
  CHECK_FALSE(session.isRaw());
}

TEST_CASE("a suspended console session gives the terminal back, and takes it again when it goes on") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web");
  session.readUntil("login: ");
  waitUntil("the terminal to be raw", [&] { return session.isRaw(); });

  killProcess(session.pid(), SIGTSTP);
  waitUntil("the terminal to be cooked", [&] { return !session.isRaw(); });
  killProcess(session.pid(), SIGCONT);
  waitUntil("the terminal to be raw again", [&] { return session.isRaw(); });

  session.type("still here\r");
  session.readUntil("still here\r");
  session.type(kDetach);
  CHECK(session.finish() == 0);
  CHECK_FALSE(session.isRaw());
}

TEST_CASE("a window that changes its size disturbs nothing and is part of the recording") {
  const Daemon daemon;
  echoing(daemon);
  const auto file = daemon.folder() / "session.cast";
  auto session = consoleOf(daemon, "web", {"--record", file});
  session.readUntil("login: ");

  session.resize(100, 40);
  waitUntil("the new size", [&] { return readText(file).find("\"r\", \"100x40\"]") != std::string::npos; });
  session.type("after\r");
  session.readUntil("after\r");
  session.type(kDetach);

  CHECK(session.finish() == 0);
  CHECK(readText(file).find("\"o\", \"login: \"]") != std::string::npos);
  const auto played = control(daemon, {"replay", "--speed", "100", file});
  CHECK(played.code == 0);
  CHECK(played.out.find("login: ") == 0);
  CHECK(played.out.find("after\r") != std::string::npos);
}

TEST_CASE("another key leaves when it is asked for, and both are told") {
  const Daemon daemon;
  echoing(daemon);
  auto session = consoleOf(daemon, "web", {"--detach-keys", "^P^Q"});

  session.readUntil("^P^Q leaves");
  session.readUntil("login: ");
  session.type("\x1d\x10x");
  session.readUntil("\x1d\x10x");
  session.type("\x10\x11");

  CHECK(session.finish() == 0);
  CHECK(session.readUntil("which runs on").find("detached from") != std::string::npos);
}

TEST_CASE("who comes is told who is there, and who is not heard is told by whom") {
  const Daemon daemon;
  echoing(daemon);
  auto first = consoleOf(daemon, "web");
  first.readUntil("login: ");

  auto second = consoleOf(daemon, "web", {"--exclusive"});

  second.readUntil("also attached: ");
  first.readUntil("has the console exclusively: what is typed here goes nowhere");
  const auto refused = control(daemon, {"console", "web", "--exclusive"});
  CHECK(refused.code == 5);
  CHECK(refused.err.find("Try: microvmctl console --take-over web\n") != std::string::npos);
  second.type(kDetach);
  first.readUntil("the console is free again");
  first.type(kDetach);
  CHECK(first.finish() == 0);
  CHECK(second.finish() == 0);
}

TEST_CASE("a recording that cannot be made is a failure of this machine") {
  const Daemon daemon;
  echoing(daemon);

  const auto elsewhere = control(daemon, {"console", "web", "--record", "/none/x.cast"});
  const auto taken = control(daemon, {"console", "web", "--record", daemon.folder().write("x.cast", "")});

  CHECK(elsewhere.code == 1);
  CHECK(taken.code == 1);
  CHECK(taken.err.find("is there already") != std::string::npos);
}

TEST_CASE("a script types, waits for the answer and is told by the exit code") {
  const Daemon daemon;
  echoing(daemon, "");

  const auto answered = control(daemon, {"console", "web", "--until", "^ok [0-9]$", "--timeout", "20s"}, "ok 1\n");
  const auto silent = control(daemon, {"console", "web", "--until", "never", "--timeout", "200ms"});

  CHECK(answered.code == 0);
  CHECK(answered.out.find("ok 1\n") != std::string::npos);
  CHECK(silent.code == 6);
  CHECK(silent.err == "microvmctl: no line of the output matched \"never\" within 200ms (timeout)\n");
}

TEST_CASE("logs picks boots, times, lines and sources") {
  const Daemon daemon;
  daemon.script(
      Json::array({{{"start", 1}, {"console", {{"boot", "first boot\nmore\n"}}}, {"stderr", "runner says hello\n"}},
                   {{"start", 2}, {"console", {{"boot", "second boot\n"}}}}}));
  daemon.createRunning("web");
  const auto status = [&] { return daemon.api().get("/v1/vms/web/console/status").json(); };
  waitUntil("the first boot", [&] { return status().at("end") == 16; });
  daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}});
  daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}});
  waitUntil("the second boot", [&] { return status().at("end") == 28; });
  const auto logs = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "logs");
    words.emplace_back("web");
    return control(daemon, words).out;
  };

  CHECK(logs({}) == "first boot\nmore\nsecond boot\n");
  CHECK(logs({"--previous"}) == "first boot\nmore\n");
  CHECK(control(daemon, {"replay", "/none"}).err.find("/none cannot be read: no such file") != std::string::npos);
  CHECK(control(daemon, {"replay", daemon.folder().path()}).err.find("cannot be read: is a directory") !=
        std::string::npos);
  CHECK(logs({"--boot", "2"}) == "second boot\n");
  CHECK(logs({"--previous", "-n", "1"}) == "more\n");
  CHECK(logs({"--grep", "boot$"}) == "first boot\nsecond boot\n");
  CHECK(logs({"--since", "1h"}) == "first boot\nmore\nsecond boot\n");
  CHECK(logs({"--until", "1h"}).empty());
  const auto timed = logs({"--timestamps", "-n", "1"});
  CHECK(timed.size() == 25 + 12);
  CHECK(timed.substr(23, 3) == "Z s");
  CHECK(logs({"--source", "runner"}).find("runner says hello\n") != std::string::npos);
  CHECK(logs({"--source", "daemon", "--grep", "running"}).find("vm.running by runner") != std::string::npos);
  CHECK(logs({"--source", "daemon", "--grep", "created"}).find(": \n") == std::string::npos);
  CHECK(control(daemon, {"logs", "--source", "guest", "web"}).code == 2);
  CHECK(control(daemon, {"logs", "-f", "--until", "1m", "web"}).code == 2);
  CHECK(control(daemon, {"logs", "--boot", "9", "web"}).err.find("it knows 1 to 2") != std::string::npos);
  CHECK(control(daemon, {"replay", "--boot", "-1", "--speed", "1000", "web"}).out == "first boot\nmore\n");
}
