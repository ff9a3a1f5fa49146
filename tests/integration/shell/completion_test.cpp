// microvmctl completed by bash, zsh and fish, as a person has it, with a daemon that has VMs.
#include <filesystem>
#include <poll.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/terminals/tmux.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

using Words = std::vector<std::string>;

const std::string& programFolder() {
  static const std::string folder = [] {
    const auto program = builtProgram("microvmctl");
    return program.substr(0, program.rfind('/'));
  }();
  return folder;
}

std::string path() {
  return "PATH=" + programFolder() + ":/usr/local/bin:/usr/bin:/bin";
}

bool isInstalled(const std::string& shell) {
  if (findInPath(shell, "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin")) return true;
  MESSAGE(shell << " is not installed");
  return false;
}

ProgramResult asked(const Words& line, const Words& environment = {}) {
  Words words{"completion", "words", "--"};
  words.insert(words.end(), line.begin(), line.end());
  return runProgram(builtProgram("microvmctl"), words, {.environment = environment, .input = ""});
}

/// What bash would offer. `cut`: the line as bash parts it, at = and : too.
std::string bashOffers(const std::string& line, const Words& cut) {
  constexpr const char* kScript = R"sh(
    eval "$(microvmctl completion bash)"
    COMP_LINE=$1 COMP_POINT=${#1}
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
    _microvmctl microvmctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[@]}"
  )sh";
  Words words{path(), "bash", "-c", kScript, "bash", line};
  words.insert(words.end(), cut.begin(), cut.end());
  const auto ended = runProgram("/usr/bin/env", words);
  CHECK(ended.err == "");
  return ended.out;
}

std::string fishOffers(const std::string& line) {
  constexpr const char* kScript = "microvmctl completion fish | source; complete --do-complete=$argv[1]";
  const auto ended = runProgram("/usr/bin/env", {path(), "fish", "--no-config", "-c", kScript, line});
  CHECK(ended.err == "");
  return ended.out;
}

/// A shell in a terminal, which knows how to complete.
class Person {
public:
  Person(const std::string& start, const std::string& setUp) {
    terminal_.resize(200, 24);
    terminal_.type("export " + path() + "; exec " + start);
    terminal_.press("Enter");
    terminal_.type(setUp);
    terminal_.press("Enter");
    terminal_.waitFor("ready to complete");
    terminal_.press("C-l");
  }

  void type(const std::string& text) const { terminal_.type(text); }
  /// Presses the key once; what stands on the screen then, without the blank at its end.
  void completeTo(const std::string& text) const {
    terminal_.press("Tab");
    terminal_.waitFor(text);
  }
  /// Presses the key until it helps: on a busy machine the daemon may not answer in time.
  void completeNameTo(const std::string& text) const {
    waitUntil(text, [&] {
      terminal_.press("Tab");
      return terminal_.screen().find(text) != std::string::npos;
    });
  }

private:
  Tmux terminal_;
};

std::string namesOf(const std::string& host) {
  return asked({"--host", host, "start", ""}).out;
}

}  // namespace

TEST_CASE("names come from the daemon that the line names, with their states") {
  const Daemon daemon;
  daemon.create("web");
  daemon.createRunning("db");
  const auto host = "unix://" + daemon.api().socket();

  waitUntil("the names", [&] { return namesOf(host) == "db\trunning\nweb\tstopped\n"; });
  waitUntil("the names by the environment", [&] {
    return asked({"stop", "d"}, {"MICROVM_HOST=" + host}).out == "db\trunning\n";
  });
  waitUntil("the names that are left", [&] {
    return asked({"--host=" + host, "rm", "web", ""}).out == "db\trunning\n";
  });
}

TEST_CASE("no daemon, and one that does not answer, is no names and no noise") {
  const TempDir folder;
  const auto hung = must(listenUnix(folder / "hung.sock"));

  for (const auto& host : {folder / "none.sock", folder / "hung.sock", std::string("nonsense")}) {
    CAPTURE(host);
    const auto ended = asked({"--host", host, "start", ""});
    CHECK(ended.code == 0);
    CHECK(ended.out == "");
    CHECK(ended.err == "");
  }
}

TEST_CASE("a socket that a service manager may hold is left alone while no daemon runs") {
  const TempDir folder;
  std::filesystem::create_directories(folder / "microvm");
  const auto held = must(listenUnix(folder / "microvm/api.sock"));
  const auto isAsked = [&] {
    pollfd entry{held.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) != 0;
  };

  CHECK(asked({"start", ""}, {"XDG_RUNTIME_DIR=" + folder.path()}).code == 0);
  CHECK_FALSE(isAsked());
  folder.write("microvm/daemon.lock", "");
  CHECK(asked({"--host", "unix://" + (folder / "microvm/api.sock"), "start", ""}).code == 0);
  CHECK_FALSE(isAsked());
}

TEST_CASE("in bash what is offered goes behind the character that parted the word") {
  const Daemon daemon;
  daemon.create("web");
  const auto socket = daemon.api().socket();

  CHECK(bashOffers("microvmctl sta", {"microvmctl", "sta"}) == "start\n");
  CHECK(bashOffers("microvmctl list -o js", {"microvmctl", "list", "-o", "js"}) == "json\njsonl\n");
  CHECK(bashOffers("microvmctl list --output=js", {"microvmctl", "list", "--output", "=", "js"}) == "json\njsonl\n");
  CHECK(bashOffers("microvmctl list --output=", {"microvmctl", "list", "--output", "="}) ==
        "table\nwide\njson\njsonl\nname\n");
  CHECK(bashOffers("microvmctl wait x --for c", {"microvmctl", "wait", "x", "--for", "c"}) == "condition=\nconsole=\n");
  CHECK(bashOffers("microvmctl wait x --for=c", {"microvmctl", "wait", "x", "--for", "=", "c"}) ==
        "condition=\nconsole=\n");
  CHECK(bashOffers("microvmctl bogus ", {"microvmctl", "bogus", ""}) == "\n");
  CHECK(bashOffers("microvmctl service 'sta", {"microvmctl", "service", "'sta"}) == "start\nstatus\n");
  waitUntil("names by a host that bash has cut", [&] {
    return bashOffers("microvmctl --host unix://" + socket + " start -- w",
                      {"microvmctl", "--host", "unix", ":", "//" + socket, "start", "--", "w"}) == "web\n";
  });
  waitUntil("the value of an option that is a VM", [&] {
    return bashOffers("microvmctl events --host=" + socket + " --vm=",
                      {"microvmctl", "events", "--host", "=", socket, "--vm", "="}) == "web\n";
  });
}

TEST_CASE("in bash paths are files, or folders, also behind =") {
  const TempDir folder;
  std::filesystem::create_directories(folder / "kernels");
  const auto begun = folder / "kern";
  const auto kernels = folder / "kernels" + "\n";

  CHECK(bashOffers("microvmctl create --kernel " + begun, {"microvmctl", "create", "--kernel", begun}) == kernels);
  CHECK(bashOffers("microvmctl create --kernel=" + begun, {"microvmctl", "create", "--kernel", "=", begun}) == kernels);
  folder.write("kernel-6", "");
  CHECK(bashOffers("microvmctl create --share src=" + begun, {"microvmctl", "create", "--share", "src", "=", begun}) ==
        kernels);
  CHECK(bashOffers("microvmctl create --kernel " + begun + "el-",
                   {"microvmctl", "create", "--kernel", begun + "el-"}) == folder / "kernel-6" + "\n");
}

TEST_CASE("in a terminal bash completes commands and names") {
  const Daemon daemon;
  daemon.create("web");
  const Person person("env PS1='$ ' bash --norc --noprofile",
                      "eval \"$(microvmctl completion bash)\" && echo 'ready 'to complete");

  person.type("microvmctl sta");
  person.completeTo("microvmctl start");
  person.type("--host=unix://" + daemon.api().socket() + " -- w");
  person.completeNameTo(" -- web");
}

TEST_CASE("in a terminal zsh completes commands, values and names") {
  if (!isInstalled("zsh")) return;
  const Daemon daemon;
  daemon.create("web");
  const Person person("env PS1='$ ' zsh -f",
                      "autoload -U compinit; compinit -D -u; eval \"$(microvmctl completion zsh)\" && "
                      "echo 'ready 'to complete");

  person.type("microvmctl sta");
  person.completeTo("microvmctl start");
  person.type("--host=unix://" + daemon.api().socket() + " --out");
  person.completeTo("--output");
  person.type("jsonl -- w");
  person.completeNameTo(" -- web");
}

TEST_CASE("fish has candidates and what they are") {
  if (!isInstalled("fish")) return;
  const Daemon daemon;
  daemon.create("web");
  const TempDir folder;
  folder.write("kernel-6", "");

  CHECK(fishOffers("microvmctl sta") == "start\tstart VMs\n");
  CHECK(fishOffers("microvmctl list --output=js") == "--output=json\n--output=jsonl\n");
  CHECK(fishOffers("microvmctl create --kernel=" + (folder / "kern")).starts_with("--kernel=" + (folder / "kernel-6")));
  waitUntil("the names", [&] {
    return fishOffers("microvmctl --host unix://" + daemon.api().socket() + " start -- w") == "web\tstopped\n";
  });
}
