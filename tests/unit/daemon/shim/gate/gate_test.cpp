#include "daemon/shim/gate/gate.hpp"

#include <csignal>
#include <poll.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "tests/support/program.hpp"

using namespace microvm;

namespace {

SpawnOptions shell(const std::string& script, int out) {
  SpawnOptions options;
  options.program = "/bin/sh";
  options.arguments = {"/bin/sh", "-c", script};
  options.environment = {"GREETING=hello"};
  options.descriptors = {{out, 1}, {out, 5}};
  options.session = Session::New;
  return options;
}

std::string textFrom(int fd) {
  std::string text;
  char buffer[256];
  for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

}  // namespace

TEST_CASE("the process at the gate becomes the program, with its arguments, environment and descriptors") {
  auto out = test::must(makePipe());
  auto gated = GatedChild::start(shell("echo $GREETING $$; ls /proc/self/fd | wc -l; echo 5 >&5", out.write.get()),
                                 test::builtProgram("microvm-shim"));
  REQUIRE(gated);
  const auto identity = gated->child().identity();
  CHECK(isAlive(identity));

  auto child = std::move(*gated).open();
  out.write.reset();

  REQUIRE(child);
  CHECK(child->identity() == identity);
  // ls has the standard three, the one that it inherits and the folder that it lists.
  CHECK(textFrom(out.read.get()) == "hello " + std::to_string(identity.pid) + "\n5\n5\n");
  CHECK(child->reap().value() == ExitStatus{0, std::nullopt});
}

TEST_CASE("a gate that nobody opens lets nobody through") {
  auto out = test::must(makePipe());
  ProcessIdentity identity;
  UniqueFd ended;
  {
    auto options = shell("echo through", out.write.get());
    options.whenDropped = WhenDropped::Leave;
    auto gated = GatedChild::start(std::move(options), test::builtProgram("microvm-shim"));
    REQUIRE(gated);
    identity = gated->child().identity();
    ended = UniqueFd(::dup(test::must(ExitWatcher::forProcess(identity)).fd()));
  }
  out.write.reset();

  CHECK(test::waitReadable(ended.get(), test::kPatience));
  CHECK(textFrom(out.read.get()).empty());
}

TEST_CASE("a program that is not there, and one that cannot be run, is told when the gate opens") {
  auto out = test::must(makePipe());
  auto options = shell("", out.write.get());
  options.program = "/nowhere/vfkit";
  auto missing = GatedChild::start(options, test::builtProgram("microvm-shim"));
  REQUIRE(missing);
  auto opened = std::move(*missing).open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::NotFound);
  CHECK(opened.error().detail == "cannot start /nowhere/vfkit: no such file or directory");

  options.program = "/etc/passwd";
  auto forbidden = GatedChild::start(options, test::builtProgram("microvm-shim"));
  REQUIRE(forbidden);
  CHECK(std::move(*forbidden).open().error().code == Errc::Permission);
}
