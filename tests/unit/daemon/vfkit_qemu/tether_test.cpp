#include "daemon/vfkit_qemu/tether.hpp"

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
}

TEST_CASE("the tether becomes the program") {
  const auto self = test::builtProgram("vfkit-qemu");

  const auto ended =
      test::runProgram(self, {"--tether", std::to_string(::getpid()), "/bin/sh", "-c", "echo \"$0\"; exit 7"});

  CHECK(ended.code == 7);
  CHECK(ended.out == "/bin/sh\n");
}

TEST_CASE("a tether whose parent is gone already, or that has nothing to run, runs nothing") {
  const auto self = test::builtProgram("vfkit-qemu");

  CHECK(test::runProgram(self, {"--tether", "1", "/bin/echo", "x"}).code == 127);
  CHECK(test::runProgram(self, {"--tether", "1", "/bin/echo", "x"}).out.empty());
  CHECK(test::runProgram(self, {"--tether"}).code == 127);
  const auto missing = test::runProgram(self, {"--tether", std::to_string(::getpid()), "/nonexistent"});
  CHECK(missing.code == 127);
  CHECK(missing.err == "cannot run /nonexistent: No such file or directory\n");
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
