// microvmctl edit, with an editor that does as a script says.
#include <filesystem>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/terminals/terminal.hpp"

using namespace microvm::test;

namespace {

/// An editor that does the first of these to the text when it is called first, the second then, and in the end nothing.
/// The texts that it was given are kept.
class Editor {
public:
  explicit Editor(std::vector<std::string> commands) {
    for (std::size_t i = 0; i < commands.size(); ++i)
      folder_.write("command-" + std::to_string(i), commands[i]);
    const auto script = "#!/bin/sh\ncd " + folder_.path() +
                        "\ncount=$(ls given-* 2>/dev/null | wc -l | tr -d ' ')\ncp \"$1\" given-$count\n"
                        "[ -e command-$count ] || exit 0\n. ./command-$count\n";
    ::chmod(folder_.write("editor", script).c_str(), 0700);
  }
  [[nodiscard]] std::vector<std::string> environment() const {
    return {"EDITOR=" + folder_ / "editor", "PATH=/usr/bin:/bin", "TMPDIR=" + folder_.path()};
  }
  [[nodiscard]] std::string given(int call) const { return readText(folder_ / ("given-" + std::to_string(call))); }
  /// Texts that were left behind.
  [[nodiscard]] int kept() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      count += entry.is_directory() ? 1 : 0;
    return count;
  }

private:
  TempDir folder_;
};

std::string replacing(const std::string& what, const std::string& with) {
  return "sed 's|" + what + "|" + with + "|' \"$1\" > edited && cat edited > \"$1\"\n";
}

ProgramResult edit(const Daemon& daemon, const Editor& editor, std::vector<std::string> words = {}) {
  words.insert(words.begin(), {"--host", "unix://" + daemon.api().socket(), "edit", "web"});
  Program::Options options;
  options.environment = editor.environment();
  return runProgram(builtProgram("microvmctl"), std::move(words), options);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("on a terminal an edited definition is shown as a plan, asked for and made") {
  const Daemon daemon;
  daemon.createRunning("web");
  const Editor editor({replacing("cpus: 1", "cpus: 3")});

  TerminalProgram session(builtProgram("microvmctl"), {"--host", "unix://" + daemon.api().socket(), "edit", "web"},
                          editor.environment());
  session.readUntil("/spec/cpus: 1 -> 3 (at the next start)");
  session.readUntil("make this change? [y/N] ");
  session.type("y\n");
  session.readUntil("at its next start: /spec/cpus");

  CHECK(session.finish() == 0);
  CHECK(daemon.api().vm("web").at("spec").at("cpus") == 3);
  CHECK(has(editor.given(0), "name: web\n"));
  CHECK(editor.kept() == 0);
}

TEST_CASE("a change that is declined is not made, and its text is kept") {
  const Daemon daemon;
  daemon.create("web");
  const Editor editor({replacing("cpus: 1", "cpus: 3")});

  TerminalProgram session(builtProgram("microvmctl"), {"--host", "unix://" + daemon.api().socket(), "edit", "web"},
                          editor.environment());
  session.readUntil("[y/N] ");
  session.type("n\n");
  session.readUntil("the text is kept: microvmctl apply -f ");

  CHECK(session.finish() == 0);
  CHECK(daemon.api().vm("web").at("spec").at("cpus") == 1);
  CHECK(editor.kept() == 1);
}

TEST_CASE("a text that is refused comes up again with the reasons above it") {
  const Daemon daemon;
  daemon.create("web");
  const Editor editor(
      {replacing("cpus: 1", "cpus: 0"), "echo 'memory: [' >> \"$1\"\n",
       "grep -v 'memory: \\[' \"$1\" > edited; cat edited > \"$1\"\n" + replacing("cpus: 0", "cpus: 4")});

  const auto edited = edit(daemon, editor);

  CAPTURE(edited.err);
  CHECK(edited.code == 0);
  CHECK(has(editor.given(1), "#: "));
  CHECK(has(editor.given(1), "/spec/cpus"));
  CHECK(has(editor.given(1), "\ncpus: 0\n"));
  CHECK(has(editor.given(2), "memory: [\n"));
  CHECK(daemon.api().vm("web").at("spec").at("cpus") == 4);
  CHECK(editor.kept() == 0);
}

TEST_CASE("a refused text that is saved as it is ends the command, and is kept") {
  const Daemon daemon;
  daemon.create("web");
  const Editor editor({replacing("cpus: 1", "cpus: 0")});

  const auto edited = edit(daemon, editor);

  CHECK(edited.code != 0);
  CHECK(has(edited.err, "the text is kept: microvmctl apply -f "));
  CHECK(editor.kept() == 1);
}

TEST_CASE("a change that another made meanwhile is not undone unseen") {
  const Daemon daemon;
  daemon.create("web");
  const auto ctl = builtProgram("microvmctl") + " --host unix://" + daemon.api().socket();
  const Editor editor(
      {replacing("cpus: 1", "cpus: 3") + ctl + " -q set web labels.by=another\n", "echo '# seen' >> \"$1\"\n"});

  const auto edited = edit(daemon, editor);

  CAPTURE(edited.err);
  CHECK(edited.code == 0);
  CHECK(has(editor.given(1), "the definition has generation 2"));
  CHECK(has(edited.err, "/metadata/labels/by: \"another\" (gone, at once)"));
  const auto vm = daemon.api().vm("web");
  CHECK(vm.at("metadata").at("generation") == 3);
  CHECK(vm.at("spec").at("cpus") == 3);
}

TEST_CASE("nothing is changed by a text that is left as it is, emptied, of another name, or only to be planned") {
  const Daemon daemon;
  daemon.create("web");

  CHECK(has(edit(daemon, Editor({})).err, "nothing changed"));
  CHECK(edit(daemon, Editor({": > \"$1\"\n"})).code == 0);
  CHECK(edit(daemon, Editor({replacing("name: web", "name: db")})).code != 0);
  CHECK(has(edit(daemon, Editor({replacing("cpus: 1", "cpus: 3")}), {"--dry-run"}).err, "/spec/cpus: 1 -> 3"));
  CHECK(edit(daemon, Editor({"exit 3\n"})).code != 0);

  CHECK(daemon.api().vm("web").at("metadata").at("generation") == 1);
  CHECK(daemon.api().state("db").empty());
}
