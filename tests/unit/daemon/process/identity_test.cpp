#include "daemon/process/identity.hpp"

#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/spawn.hpp"

using namespace microvm;

namespace {

Result<Child> sleeper() {
  SpawnOptions options;
  options.program = "/bin/sleep";
  options.arguments = {"sleep", "1000"};
  return spawn(options);
}

}  // namespace

TEST_CASE("we are alive and have a start time") {
  const auto self = identify(::getpid());

  REQUIRE(self);
  CHECK(self->pid == ::getpid());
  CHECK(self->startTime > 0);
  CHECK(isAlive(*self));
}

TEST_CASE("another start time is another process") {
  auto self = identify(::getpid());
  REQUIRE(self);

  self->startTime += 1;

  CHECK_FALSE(isAlive(*self));
}

TEST_CASE("a signal reaches the process it is meant for") {
  auto child = sleeper();
  REQUIRE(child);

  const auto sent = signalProcess(child->identity(), SIGTERM);

  CHECK(sent);
  const auto status = child->reap();
  REQUIRE(status);
  CHECK(status->signal == SIGTERM);
}

TEST_CASE("a signal to a process with another start time is not sent") {
  auto child = sleeper();
  REQUIRE(child);
  auto other = child->identity();
  other.startTime += 1;

  const auto sent = signalProcess(other, SIGKILL);

  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == Errc::NotFound);
  CHECK_FALSE(child->tryReap());
}

TEST_CASE("nobody has the pids zero and minus one") {
  CHECK_FALSE(identify(0));
  CHECK_FALSE(identify(-1));
}

TEST_CASE("this program's own path is absolute and exists") {
  const auto own = ownProgram();

  REQUIRE(own);
  CHECK(own->front() == '/');
  CHECK(std::filesystem::exists(*own));
}
