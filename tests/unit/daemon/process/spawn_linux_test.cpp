// What only /proc tells of a child.
#include <csignal>
#include <string>

#include "tests/unit/daemon/process/shell.hpp"

using namespace microvm;
using test::outputOf;
using test::shell;

TEST_CASE("a child blocks and ignores no signal, whatever we do") {
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  sigset_t blocked;
  sigset_t old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
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
