#include "daemon/vfkit_qemu/run.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/api.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"
#include "tests/unit/daemon/vfkit_qemu/fake_qemu.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

// A guest that ignores the signal for five seconds is in tests/e2e.

namespace {

using Words = std::vector<std::string>;

/// vfkit-qemu with a QEMU that obeys signs (fake_qemu.hpp).
class Runner {
public:
  explicit Runner(const std::string& sign = "", const std::string& text = "") {
    makeFakeQemu(folder);
    folder.write("kernel",
                 "\x7f"
                 "ELF");
    folder.write("initrd", "cpio");
    if (!sign.empty()) folder.write(sign, text + "\n");
  }

  void start(const Words& more = {}) { program.emplace(self(), arguments(more), options()); }
  test::ProgramResult run(const Words& more) { return test::runProgram(self(), arguments(more), options()); }
  /// Starts it and waits until the guest runs.
  void boot(const Words& more = {}) {
    start(more);
    waitForLine("virtual machine is running");
  }
  void waitForLine(const std::string& text) {
    test::waitUntil(text, [&] {
      if (!test::runs(program->pid())) throw std::runtime_error("the runner ended: " + program->errSoFar());
      return program->errSoFar().find(text) != std::string::npos;
    });
  }
  [[nodiscard]] test::Api rest() const { return test::Api(socket(), test::Contract::Runner); }
  [[nodiscard]] std::string socket() const { return folder / "rest.sock"; }
  /// Whether QEMU was ever started.
  [[nodiscard]] bool hasStarted() const { return std::filesystem::exists(folder / "arguments"); }
  [[nodiscard]] int qemuPid() const { return std::stoi(test::readText(folder / "pid")); }

  static std::string self() { return test::builtProgram("vfkit-qemu"); }

  test::TempDir folder;
  std::optional<test::Program> program;
  std::string path = "/usr/bin:/bin";

private:
  [[nodiscard]] Words arguments(const Words& more) const {
    Words words{"--kernel",         folder / "kernel", "--initrd",      folder / "initrd",
                "--kernel-cmdline", "console=hvc0",    "--restful-uri", "unix://" + socket()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] test::Program::Options options() const { return {{"PATH=" + folder.path() + ":" + path}, {}}; }
};

std::string lastLine(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  const auto begin = text.rfind('\n', end);
  return text.substr(begin + 1, end - begin);
}

test::Json change(const std::string& state) {
  return {{"state", state}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the version and the help are data") {
  const auto version = test::runProgram(Runner::self(), {"--version"});
  const auto help = test::runProgram(Runner::self(), {"--help"});

  CHECK(version.code == 0);
  CHECK(version.out.starts_with("vfkit version: v"));
  CHECK(version.err.empty());
  CHECK(help.code == 0);
  CHECK(contains(help.out, "--restful-uri"));
  CHECK(contains(help.out, "--parse-only"));
  CHECK(contains(help.out, "--probe"));
}

TEST_CASE("an answer that cannot be written is a failure") {
  if (!std::filesystem::exists("/dev/full")) return;
  for (const char* asked : {"--version", "--probe"}) {
    const auto command = std::string("\"$0\" ") + asked + " > /dev/full";
    const auto ended = test::runProgram("/bin/sh", {"-c", command, Runner::self()});

    CHECK(ended.code == 1);
    CHECK(contains(ended.err, "cannot write the output: no space left on device"));
  }
}

TEST_CASE("a command line that is only read starts nothing") {
  const auto shown = test::runProgram(
      Runner::self(), {"--parse-only", "--kernel", "/nonexistent", "--initrd", "/i", "--kernel-cmdline", "a<b"});
  const auto asked = test::runProgram(Runner::self(), {"--parse-only", "--version"});

  CHECK(shown.code == 0);
  CHECK(shown.out ==
        R"({"vcpus":1,"memoryBytes":536870912,"bootloader":{"kind":"linuxBootloader","vmlinuzPath":"/nonexistent",)"
        R"("kernelCmdLine":"a\u003cb","initrdPath":"/i"}})"
        "\n");
  CHECK(shown.err.empty());
  CHECK(asked.out.starts_with("vfkit version: v"));
}

TEST_CASE("a bad command line ends with 1 and the plain reason last") {
  const auto ended = test::runProgram(Runner::self(), {"--cpus", "many"});

  CHECK(ended.code == 1);
  CHECK(ended.err.starts_with("Error: "));
  CHECK(ended.err.substr(7, ended.err.find('\n') - 7) == lastLine(ended.err));
}

TEST_CASE("a guest is started, told of, described, and ends at the power button") {
  Runner runner;
  runner.boot({"--device", "virtio-rng", "--device", "virtio-serial,pty", "--pidfile", runner.folder / "pidfile"});

  CHECK(test::readText(runner.folder / "pidfile") == std::to_string(runner.program->pid()));
  CHECK(runner.rest().get("/vm/state").json().at("state") == "VirtualMachineStateRunning");
  const auto described = runner.rest().get("/vm/inspect").json();
  CHECK(contains(runner.program->errSoFar(),
                 "(pty path: " + described.at("devices").at(1).at("ptyName").get<std::string>() + ")"));
  CHECK(runner.rest().post("/vm/state", change("Stop")).status == 202);

  const auto ended = runner.program->finish();
  CHECK(ended.code == 0);
  CHECK(contains(lastLine(ended.err), "msg=\"VM is stopped\""));
  CHECK(ended.out.empty());
  CHECK_FALSE(std::filesystem::exists(runner.socket()));
  CHECK(std::filesystem::exists(runner.folder / "pidfile"));
}

TEST_CASE("a hard stop drops its connection and ends with 0") {
  Runner runner("ignore-button");
  runner.boot();

  CHECK_THROWS((void)runner.rest().post("/vm/state", change("HardStop")));

  CHECK(runner.program->finish().code == 0);
  CHECK_FALSE(test::runs(runner.qemuPid()));
}

TEST_CASE("a signal presses the power button") {
  for (const int number : {SIGTERM, SIGINT}) {
    Runner runner;
    runner.boot();

    runner.program->signal(number);

    CHECK(runner.program->finish().code == 0);
    CHECK_FALSE(std::filesystem::exists(runner.socket()));
  }
}

TEST_CASE("QEMU dies with a runner that is killed") {
  Runner runner;
  runner.boot();
  const int qemu = runner.qemuPid();
  REQUIRE(test::runs(qemu));

  runner.program->signal(SIGKILL);

  test::waitUntil("QEMU's end", [&] { return !test::runs(qemu); });
}

TEST_CASE("a QEMU that refuses its command line explains the failure") {
  Runner runner("die-early", "qemu: no such machine");

  const auto ended = runner.run({});

  CHECK(ended.code == 1);
  CHECK(lastLine(ended.err) == "QEMU ended with exit code 1: qemu: no such machine");
  CHECK_FALSE(std::filesystem::exists(runner.socket()));
}

TEST_CASE("a QEMU that dies under its guest is a failure") {
  Runner runner("die-late");
  runner.boot();

  runner.rest().post("/vm/state", change("Stop"));

  const auto ended = runner.program->finish();
  CHECK(ended.code == 1);
  CHECK(lastLine(ended.err) == "QEMU ended with exit code 3");
}

TEST_CASE("QEMU inherits what it needs and nothing else") {
  Runner runner;
  runner.boot({"--device", "virtio-serial,pty"});

  std::set<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(runner.qemuPid()) + "/fd"))
    numbers.insert(std::stoi(entry.path().filename()));
  numbers.erase(numbers.lower_bound(10), numbers.end());  // the shell's own, for its script

  // The standard ones, the monitor, the pty.
  CHECK(numbers == std::set<int>{0, 1, 2, 3, 4});
}

TEST_CASE("what cannot be run is refused before anything is started") {
  Runner runner;
  const std::vector<std::pair<Words, std::string>> rows{
      {{"--device", "rosetta,mountTag=r"},
       "rosetta is not supported by vfkit-qemu: it is a part of macOS; add ignore-if-missing to go on without"},
      {{"--device", "virtio-net,unixSocketPath=/nonexistent/peer"}, "cannot make the network socket"},
      {{"--device", "virtio-net,fd=200"}, "virtio-net cannot use fd=200: bad file descriptor"},
      {{"--cloud-init", "/nonexistent/user-data"}, "cannot open /nonexistent/user-data: no such file or directory"},
      {{"--device", "virtio-fs,sharedDir=/nonexistent"}, "cannot share /nonexistent: no such file or directory"},
      {{"--device", "virtio-serial,logFilePath=/nonexistent/log"},
       "cannot write the console log /nonexistent/log: no such file or directory"},
      {{"--device", "virtio-serial,stdio"},
       "virtio-serial,stdio needs a terminal as standard input: inappropriate ioctl for device"},
      {{"--kernel", "/nonexistent"}, "invalid kernel path: open /nonexistent: no such file or directory"},
      {{"--pidfile", "/nonexistent/pid"}, "cannot write the pidfile /nonexistent/pid: no such file or directory"}};

  for (const auto& [words, why] : rows) {
    const auto ended = runner.run(words);
    CHECK(ended.code == 1);
    CHECK(lastLine(ended.err).starts_with(why));
  }
  CHECK_FALSE(runner.hasStarted());
  CHECK_FALSE(std::filesystem::exists(runner.socket()));
}

TEST_CASE("a socket that is there already is not taken over") {
  Runner runner;
  runner.folder.write("rest.sock", "stale");

  const auto ended = runner.run({});

  CHECK(ended.code == 1);
  CHECK(lastLine(ended.err) == "listen unix " + runner.socket() + ": bind: address already in use");
  CHECK_FALSE(runner.hasStarted());
  CHECK(test::readText(runner.socket()) == "stale");
}

TEST_CASE("a host without QEMU is told which program it needs") {
  Runner runner;
  std::filesystem::remove(runner.folder / std::string(programName(hostArchitecture())));
  runner.path = "/nonexistent";

  const auto ended = runner.run({});

  CHECK(ended.code == 1);
  CHECK(contains(lastLine(ended.err), programName(hostArchitecture()).data()));
}
