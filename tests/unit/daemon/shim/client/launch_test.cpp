#include "daemon/shim/client/launch.hpp"

#include <cerrno>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "tests/unit/daemon/shim/client/harness.hpp"

using namespace microvm;

namespace {

/// What is made of these bytes on the ready descriptor, followed by its end.
Result<ShimStatus> readyOf(Harness& harness, const std::string& bytes) {
  auto pipe = makePipe();
  REQUIRE(pipe);
  REQUIRE(setNonBlocking(pipe->read.get()));
  REQUIRE(::write(pipe->write.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  pipe->write.reset();
  return harness.run(shim::awaitReady(std::move(pipe->read)));
}

Task<void> reaped(Child child) {
  co_await shim::reapAtEnd(std::move(child));
  co_return Result<void>();
}

}  // namespace

TEST_CASE("a shim that ends without a word has failed") {
  Harness harness;

  CHECK(readyOf(harness, "").error().code == Errc::RunnerFailed);
  CHECK(readyOf(harness, "ok 1 2").error().code == Errc::RunnerFailed);
}

TEST_CASE("a line that never ends is not read for ever") {
  Harness harness;

  CHECK(readyOf(harness, std::string(20'000, 'x')).error().code == Errc::Protocol);
}

TEST_CASE("a program that is no shim is found out") {
  Harness harness;
  const shim::LaunchOrder order("/bin/true", "test", harness.paths, {"/bin/true"}, ConsoleSettings{});

  auto launched = shim::startShim(order);

  REQUIRE(launched);
  CHECK(harness.run(shim::awaitReady(std::move(launched->ready))).error().code == Errc::RunnerFailed);
  CHECK(launched->child.reap());
}

TEST_CASE("a shim that ends is reaped") {
  Harness harness;
  const shim::LaunchOrder order("/bin/true", "test", harness.paths, {"/bin/true"}, ConsoleSettings{});
  auto launched = shim::startShim(order);
  REQUIRE(launched);
  const int pid = launched->child.pid();

  REQUIRE(harness.run(reaped(std::move(launched->child))));

  CHECK(::waitpid(pid, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}
