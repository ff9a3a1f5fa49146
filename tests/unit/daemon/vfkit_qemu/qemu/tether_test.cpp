#include "daemon/vfkit_qemu/qemu/tether.hpp"

#include <csignal>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

TEST_CASE("a tethered command line names us, the parent and the program") {
  CHECK(tethered("/bin/vfkit-qemu", "/bin/qemu", {"-m", "1"}) ==
        std::vector<std::string>{"/bin/vfkit-qemu", "--tether", std::to_string(::getpid()), "/bin/qemu", "-m", "1"});
  CHECK(tetheredAsRoot("/bin/vfkit-qemu", "/bin/fs", {}) ==
        std::vector<std::string>{"/bin/vfkit-qemu", "--tether-as-root", std::to_string(::getpid()), "/bin/fs"});
}

TEST_CASE("only a tether's command line is one") {
  CHECK(isTether(std::vector<std::string>{"--tether", "1"}));
  CHECK(isTether(std::vector<std::string>{"--tether-as-root"}));
  CHECK_FALSE(isTether(std::vector<std::string>{"--kernel", "--tether"}));
  CHECK_FALSE(isTether({}));
}

TEST_CASE("the tether becomes the program") {
  const auto self = test::builtProgram("vfkit-qemu");

  const auto ended =
      test::runProgram(self, {"--tether", std::to_string(::getpid()), "/bin/sh", "-c", "echo \"$0\"; exit 7"});

  CHECK(ended.code == 7);
  CHECK(ended.out == "/bin/sh\n");
}

TEST_CASE("a program that has to be root sees itself as root") {
  const auto ended = test::runProgram(test::builtProgram("vfkit-qemu"), {"--tether-as-root", std::to_string(::getpid()),
                                                                         "/bin/sh", "-c", "id -u; id -g"});

  if (ended.code == 127) {
    MESSAGE("not possible here: " << ended.err);
    return;
  }
  CHECK(ended.out == "0\n0\n");
}

TEST_CASE("a tether whose parent is gone already, or that has nothing to run, runs nothing") {
  struct Row {
    std::vector<std::string> words;
    std::string why;
  };
  const auto self = test::builtProgram("vfkit-qemu");
  const std::vector<Row> rows{
      {{"--tether", "1", "/bin/echo", "x"}, "cannot run /bin/echo: whoever asked for it is gone\n"},
      {{"--tether", std::to_string(::getpid()), "/none"}, "cannot run /none: No such file or directory\n"},
      {{"--tether"}, "cannot run nothing: a tether needs a parent and a program\n"}};

  for (const Row& row : rows) {
    const auto ended = test::runProgram(self, row.words);
    CHECK(ended.code == 127);
    CHECK(ended.out.empty());
    CHECK(ended.err == row.why);
  }
}

TEST_CASE("a tethered program dies with its parent, however that ends") {
  const test::TempDir folder;
  const auto self = test::builtProgram("vfkit-qemu");
  // The shell is the parent: its own pid goes into the command line.
  const std::string script =
      "\"$0\" --tether $$ /bin/sh -c 'echo $$ >\"$0.new\"; mv \"$0.new\" \"$0\"; exec sleep 600' \"$1\" & wait";
  test::Program parent("/bin/sh", {"-c", script, self, folder / "pid"});
  test::waitUntil("the tethered program", [&] { return !test::readText(folder / "pid").empty(); });
  const int pid = std::stoi(test::readText(folder / "pid"));
  REQUIRE(test::runs(pid));

  parent.signal(SIGKILL);

  test::waitUntil("the tethered program's end", [&] { return !test::runs(pid); });
}
