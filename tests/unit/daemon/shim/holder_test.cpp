#include "daemon/shim/holder.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/file_lock.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

/// A shim inside the test, holding a shell.
struct Bench {
  Bench() : signals(std::move(*makePipe())) {
    REQUIRE(setNonBlocking(signals.read.get()));
    options.vmId = "test";
    options.runFolder = folder.path() + "/run";
    options.stateFolder = folder.path() + "/state";
    REQUIRE(makeFolders(options.runFolder));
  }
  Result<std::unique_ptr<Holder>> start(const std::string& script, const std::string& device = "virtio-serial,pty") {
    options.runner = {"/bin/sh", "-c", script, device};
    return Holder::start(options, signals.read.get());
  }
  std::string exitText() const { return readFile(options.exitFile(), 4096).value_or(""); }

  test::TempDir folder;
  Pipe signals;
  Options options;
};

}  // namespace

TEST_CASE("the lock is held while the runner runs and free when it has ended") {
  Bench bench;
  auto holder = bench.start("exit 4");
  REQUIRE(holder);
  CHECK(FileLock::isHeld(bench.options.lock()).value_or(false));

  (*holder)->run();

  CHECK(FileLock::isHeld(bench.options.lock()).value_or(true) == false);
  CHECK(bench.exitText().find("{\"code\":4,\"signal\":null,") == 0);
}

TEST_CASE("what the last run left is cleared before the next") {
  Bench bench;
  for (const auto& path : {bench.options.exitFile(), bench.options.socket(), bench.options.runnerSocket()}) {
    REQUIRE(writeFileAtomically(path, "stale"));
  }

  auto holder = bench.start("test -e vfkit.sock && exit 1; exit 0");
  REQUIRE(holder);
  CHECK(bench.exitText().empty());
  (*holder)->run();

  CHECK(bench.exitText().find("{\"code\":0,") == 0);
}

TEST_CASE("a held lock is in use and the files of the holder are left alone") {
  Bench bench;
  auto lock = FileLock::tryLock(bench.options.lock());
  REQUIRE(lock);
  REQUIRE(writeFileAtomically(bench.options.exitFile(), "theirs"));

  const auto holder = bench.start("exit 0");

  REQUIRE_FALSE(holder);
  CHECK(holder.error().code == Errc::InUse);
  CHECK(bench.exitText() == "theirs");
}

TEST_CASE("the runner finds no descriptor but the standard three, and no input") {
  Bench bench;
  auto holder = bench.start("for fd in /dev/fd/*; do echo fd ${fd##*/} >&2; done; read x || echo no input >&2");
  REQUIRE(holder);
  (*holder)->run();

  const auto log = readFile(bench.options.runnerLog(), 4096).value_or("");

  // 3 is the shell's own, for the listing.
  CHECK(log == "fd 0\nfd 1\nfd 2\nfd 3\nno input\n");
}

TEST_CASE("a runner whose console is its standard output gets a terminal, and what it says is kept") {
  for (const char* device : {"virtio-serial,stdio", "virtio-serial,logFilePath=/dev/fd/1"}) {
    CAPTURE(device);
    Bench bench;
    auto holder = bench.start("test -t 0 && test -t 1 && echo booted", device);
    REQUIRE(holder);
    (*holder)->run();

    CHECK(bench.exitText().find("{\"code\":0,") == 0);
    const auto log = readFile(bench.options.consoleFolder() + "/" + std::string(20, '0') + ".log", 4096);
    CHECK(log.value_or("").find("booted") == 0);
  }
}

TEST_CASE("a state folder that cannot be made is an error") {
  Bench bench;
  bench.options.stateFolder = "/dev/null/nowhere";

  CHECK_FALSE(bench.start("exit 0"));
}
