#include "daemon/process/spawn.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/identity.hpp"
#include "tests/unit/daemon/process/shell.hpp"

using namespace microvm;
using test::outputOf;
using test::readAll;
using test::shell;

TEST_CASE("a child's exit code is reported") {
  auto child = spawn(shell("exit 7"));
  REQUIRE(child);

  const auto status = child->reap();

  REQUIRE(status);
  CHECK(*status == ExitStatus{7, std::nullopt});
  CHECK_FALSE(child->reap());
}

TEST_CASE("a child's signal is reported") {
  auto child = spawn(shell("kill -TERM $$; read never"));
  REQUIRE(child);

  const auto status = child->reap();

  REQUIRE(status);
  CHECK(*status == ExitStatus{std::nullopt, SIGTERM});
}

TEST_CASE("a program that is not there is an error and not a dead child") {
  auto options = shell("");
  options.program = "/nowhere/program";

  const auto child = spawn(options);

  REQUIRE_FALSE(child);
  CHECK(child.error().code == Errc::NotFound);
  CHECK(child.error().detail == "cannot start /nowhere/program: no such file or directory");
}

TEST_CASE("a file without the right to execute is refused as a matter of permission") {
  auto options = shell("");
  options.program = "/etc/passwd";

  const auto child = spawn(options);

  REQUIRE_FALSE(child);
  CHECK(child.error().code == Errc::Permission);
}

TEST_CASE("a relative program is refused") {
  auto options = shell("");
  options.program = "sh";

  const auto child = spawn(options);

  REQUIRE_FALSE(child);
  CHECK(child.error().code == Errc::Invalid);
}

TEST_CASE("a child inherits the named descriptors and no other") {
  const UniqueFd leaked(::open("/dev/zero", O_RDONLY));  // without close-on-exec, as a careless library would
  const UniqueFd far(::fcntl(leaked.get(), F_DUPFD, 200));
  auto extra = makePipe();
  REQUIRE(extra);

  auto open = outputOf(shell("for fd in /dev/fd/*; do printf '%s ' ${fd##*/}; done"), {{extra->read.get(), 5}});

  // 10 and above: the shell's own; the listing itself needs one of them.
  CHECK(open.substr(0, 8) == "0 1 2 3 ");
  CHECK(open.find(" 4 ") == std::string::npos);
  CHECK(open.find(" 5 ") != std::string::npos);
  CHECK(open.find(" 200 ") == std::string::npos);
}

TEST_CASE("descriptors can change places") {
  auto first = makePipe();
  auto second = makePipe();
  REQUIRE(first);
  REQUIRE(second);
  const int a = first->write.get();
  const int b = second->write.get();
  auto options = shell("echo first >&" + std::to_string(b) + "; echo second >&" + std::to_string(a));
  options.descriptors = {{a, b}, {b, a}};

  auto child = spawn(options);

  REQUIRE(child);
  first->write.reset();
  second->write.reset();
  CHECK(readAll(first->read.get()) == "first\n");
  CHECK(readAll(second->read.get()) == "second\n");
}

TEST_CASE("standard input is empty unless given") {
  CHECK(outputOf(shell("cat; echo end")) == "end\n");
}

TEST_CASE("a child has only the environment it is given") {
  auto options = shell("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=");
  options.environment = {"COLOUR=red", "PATH=/bin:/usr/bin"};

  CHECK(outputOf(options).find("COLOUR=red") != std::string::npos);
  CHECK(outputOf(options).find("HOME=") == std::string::npos);
}

TEST_CASE("a dropped child is killed and leaves no zombie") {
  int pid = 0;
  {
    auto child = spawn(shell("exec sleep 1000"));
    REQUIRE(child);
    pid = child->pid();
  }
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a child that is to be left survives its owner") {
  auto options = shell("exec sleep 1000");
  options.whenDropped = WhenDropped::Leave;
  ProcessIdentity identity;
  {
    auto child = spawn(options);
    REQUIRE(child);
    identity = child->identity();
  }
  CHECK(isAlive(identity));

  Child again(identity, WhenDropped::Kill);
}
