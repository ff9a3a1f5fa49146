// The daemon as a process: one per state folder, and clear words when it cannot start.
#include <filesystem>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a second daemon on the same state folder says so and ends; the first lives on") {
  const Daemon first;
  const TempDir other;

  const auto second =
      runProgram(builtProgram("microvmd"), {"--state-dir", first.stateFolder(), "--run-dir", other / "run"});

  CHECK(second.code.value_or(0) != 0);
  CHECK(mentions(second.err, first.stateFolder()));
  CHECK(first.api().get("/healthz").status == 200);
}

TEST_CASE("a second daemon on the same run folder leaves the first one's socket alone") {
  const Daemon first;
  const TempDir other;

  const auto second =
      runProgram(builtProgram("microvmd"), {"--state-dir", other / "state", "--run-dir", first.runFolder()});

  CHECK(second.code.value_or(0) != 0);
  CHECK(first.api().get("/healthz").status == 200);
}

TEST_CASE("a state folder that cannot be made is named") {
  const TempDir folder;
  folder.write("file", "");

  const auto ended =
      runProgram(builtProgram("microvmd"), {"--state-dir", folder / "file/state", "--run-dir", folder / "run"});

  CHECK(ended.code.value_or(0) != 0);
  CHECK(mentions(ended.err, folder / "file"));
}

TEST_CASE("a socket too long for a socket's address is refused before any folder is made") {
  const TempDir folder;
  const auto result = runProgram(
      builtProgram("microvmd"),
      {"--state-dir", folder / "state", "--run-dir", folder / "run", "--socket", folder / std::string(120, 's')});

  CHECK(result.code.value_or(0) != 0);
  CHECK(mentions(result.err, "--socket"));
  CHECK_FALSE(fs::exists(folder / "state"));
  CHECK_FALSE(fs::exists(folder / "run"));
}

TEST_CASE("a run folder too long for sockets is named with its limit") {
  const TempDir folder;
  const auto longFolder = folder / std::string(100, 'r');

  const auto ended = runProgram(builtProgram("microvmd"), {"--state-dir", folder / "state", "--run-dir", longFolder});

  CHECK(ended.code.value_or(0) != 0);
  CHECK(mentions(ended.err, longFolder));
}

TEST_CASE("an unknown option is a usage error") {
  const auto ended = runProgram(builtProgram("microvmd"), {"--surprise"});

  CHECK(ended.code.value_or(0) != 0);
  CHECK(mentions(ended.err, "--surprise"));
}

TEST_CASE("the version is printed") {
  const auto ended = runProgram(builtProgram("microvmd"), {"--version"});

  CHECK(ended.code == 0);
  CHECK(mentions(ended.out, "0."));
}

TEST_CASE("folders and sockets are the owner's only") {
  const Daemon daemon;
  const auto others = fs::perms::group_all | fs::perms::others_all;

  for (const auto& path : {daemon.stateFolder(), daemon.runFolder(), daemon.api().socket()}) {
    CAPTURE(path);
    CHECK((fs::status(path).permissions() & others) == fs::perms::none);
  }
}

TEST_CASE("a socket left by a killed daemon is replaced") {
  Daemon daemon;
  daemon.kill9();
  REQUIRE(fs::exists(daemon.api().socket()));

  daemon.start();

  CHECK(daemon.api().get("/healthz").status == 200);
}

TEST_CASE("a daemon asked to end removes its socket and exits with 0") {
  Daemon daemon;

  const auto ended = daemon.terminate();

  CHECK(ended.code == 0);
  CHECK_FALSE(fs::exists(daemon.api().socket()));
}
