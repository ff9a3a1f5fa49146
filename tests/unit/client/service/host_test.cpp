#include "client/service/host.hpp"

#include <doctest/doctest.h>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::service;

namespace {

Host hostWith(const std::string& path, Milliseconds patience = Milliseconds(1'000)) {
  Host host;
  host.uid = 1000;
  host.home = "/home/alice";
  host.patience = patience;
  host.pause = Milliseconds(1);
  host.environment = [path](const std::string& name) -> std::optional<std::string> {
    if (name == "PATH") return path;
    return std::nullopt;
  };
  return host;
}

}  // namespace

TEST_CASE("a program of the system runs in the C locale and with the user's run folder") {
  const auto ended = run(hostWith("/usr/bin:/bin"), {"sh", "-c", "echo $LC_ALL $HOME $XDG_RUNTIME_DIR; exit 3"}, "");

  REQUIRE(ended);
  CHECK(ended->out == "C /home/alice /run/user/1000\n");
  CHECK(ended->status.code == 3);
}

TEST_CASE("a program that is missing is told with what that means") {
  const auto refused = run(hostWith("/nonexistent"), {"launchctl"}, "launchd cannot be asked");

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Unavailable);
  CHECK(refused.error().detail == "launchd cannot be asked: launchctl is in no folder of PATH");
}

TEST_CASE("the last words are the first line of the errors, or of the output, or the exit code") {
  CHECK(lastWords(Captured{ExitStatus{1, {}}, "out", "err\nmore"}) == "err");
  CHECK(lastWords(Captured{ExitStatus{1, {}}, "out\nmore", ""}) == "out");
  CHECK(lastWords(Captured{ExitStatus{7, {}}, "", ""}) == "exit code 7");
  CHECK(lastWords(Captured{ExitStatus{{}, 9}, "", ""}) == "ended by signal 9");
}

TEST_CASE("waiting ends when it holds, or when the patience is at its end") {
  int looks = 0;
  CHECK(waitFor(hostWith(""), [&] { return ++looks == 3; }));
  CHECK(looks == 3);
  CHECK_FALSE(waitFor(hostWith("", Milliseconds(0)), [] { return false; }));
  CHECK_FALSE(waitFor(
      hostWith("", Milliseconds(3'600'000)), [] { return false; }, Milliseconds(0)));
}

TEST_CASE("a definition's problems are those of its programs, all at once") {
  const test::TempDir folder;

  CHECK(problemsOf({"/bin/sh", "--vfkit", "/bin/sh"}).empty());
  CHECK(problemsOf({"/bin/sh", "--vfkit"}).empty());
  CHECK(problemsOf({folder / "gone", "--state-dir", "/x", "--vfkit-qemu", folder / "gone too"}).size() == 2);
  CHECK(problemsOf({}).size() == 1);
}

TEST_CASE("only what carries our mark is ours") {
  CHECK(isOurs(std::string("# ") + kMark + "\n[Unit]\n"));
  CHECK_FALSE(isOurs("[Unit]\nDescription=microvmd as a service\n"));
  CHECK_FALSE(isOurs(""));
}
