#include "daemon/process/spawn.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/identity.hpp"

using namespace microvm;

namespace {

SpawnOptions shell(const std::string& script) {
  SpawnOptions options;
  options.program = "/bin/sh";
  options.arguments = {"sh", "-c", script};
  options.environment = allowedEnvironment();
  return options;
}

std::string readAll(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

/// What the script prints, after the child was reaped.
std::string outputOf(SpawnOptions options, std::vector<InheritedFd> more = {}) {
  auto pipe = makePipe();
  REQUIRE(pipe);
  options.descriptors.push_back({pipe->write.get(), 1});
  for (const auto& each : more)
    options.descriptors.push_back(each);
  auto child = spawn(options);
  REQUIRE(child);
  pipe->write.reset();
  auto text = readAll(pipe->read.get());
  REQUIRE(child->reap());
  return text;
}

}  // namespace

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

  auto open = outputOf(shell("for fd in /proc/self/fd/*; do printf '%s ' ${fd##*/}; done"), {{extra->read.get(), 5}});

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

TEST_CASE("a child blocks and ignores no signal, whatever we do") {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  sigset_t blocked;
  sigset_t old;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &blocked, &old);

  // The lower 31 signals: 32 and 33 are the C library's own.
  const auto text = outputOf(shell("sed -n 's/^Sig[BI][lg][kn]:.*\\(........\\)$/\\1/p' /proc/self/status"));

  ::sigprocmask(SIG_SETMASK, &old, nullptr);
  ::sigaction(SIGPIPE, &before, nullptr);
  const auto line = text.find('\n');
  REQUIRE(line == 8);
  CHECK((std::stoul(text.substr(0, 8), nullptr, 16) & 0x7fffffff) == 0);
  CHECK((std::stoul(text.substr(9, 8), nullptr, 16) & 0x7fffffff) == 0);
}

TEST_CASE("a child can have a session and a folder of its own") {
  auto options = shell("set -- $(cat /proc/$$/stat); echo $1 $6; pwd");
  options.session = Session::New;
  options.folder = "/usr";

  const auto text = outputOf(options);

  const auto space = text.find(' ');
  REQUIRE(space != std::string::npos);
  CHECK(text == text.substr(0, space) + " " + text.substr(0, space) + "\n/usr\n");
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
