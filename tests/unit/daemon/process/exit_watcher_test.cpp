#include "daemon/process/exit_watcher.hpp"

#include <poll.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/spawn.hpp"

using namespace microvm;

namespace {

SpawnOptions shell(const std::string& script) {
  SpawnOptions options;
  options.program = "/bin/sh";
  options.arguments = {"sh", "-c", script};
  return options;
}

}  // namespace

TEST_CASE("the exit watcher becomes readable at the end and not before") {
  auto gate = makePipe();
  REQUIRE(gate);
  auto options = shell("read line; exit 3");
  options.descriptors = {{gate->read.get(), 0}};
  auto child = spawn(options);
  REQUIRE(child);
  auto watcher = ExitWatcher::forChild(child->pid());
  REQUIRE(watcher);
  pollfd wait{watcher->fd(), POLLIN, 0};
  CHECK(::poll(&wait, 1, 0) == 0);

  gate->read.reset();
  gate->write.reset();

  CHECK(::poll(&wait, 1, 10'000) == 1);
  const auto status = child->tryReap();
  REQUIRE(status);
  CHECK(*status == ExitStatus{3, std::nullopt});
}

TEST_CASE("the exit watcher of a process that has ended is refused or readable at once") {
  auto child = spawn(shell("exit 0"));
  REQUIRE(child);
  const auto identity = child->identity();
  REQUIRE(child->reap());

  CHECK_FALSE(ExitWatcher::forProcess(identity));
}
