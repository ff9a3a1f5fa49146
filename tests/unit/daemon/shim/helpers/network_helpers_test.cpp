#include "daemon/shim/helpers/network_helpers.hpp"

#include <csignal>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

// A shell's read takes a byte at a time, and of a datagram the rest is lost: dd takes it whole.
constexpr int kPatience = 20'000;

/// What comes out of a descriptor until `count` bytes of it are there.
std::string take(int fd, std::size_t count) {
  std::string got;
  while (got.size() < count) {
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, kPatience) != 1) break;
    char buffer[256];
    const auto size = ::read(fd, buffer, sizeof buffer);
    if (size <= 0) break;
    got.append(buffer, static_cast<std::size_t>(size));
  }
  return got;
}

/// Helpers written as shell scripts.
struct Bench {
  Bench() : output(std::move(*makePipe())) {}

  Result<NetworkHelpers> start(const std::vector<std::string>& scripts) {
    std::vector<HelperOptions> options;
    for (const auto& script : scripts)
      options.push_back({10 + static_cast<int>(options.size()), {"/bin/sh", "-c", script}});
    return NetworkHelpers::start(options, folder.path(), std::move(output.write));
  }

  test::TempDir folder;
  Pipe output;
};

/// Waits until one of them has ended.
void awaitEnd(NetworkHelpers& helpers) {
  std::vector<pollfd> waits;
  helpers.addTo(waits);
  REQUIRE(::poll(waits.data(), static_cast<nfds_t>(waits.size()), kPatience) > 0);
}

}  // namespace

TEST_CASE("a helper has the other end of the runner's descriptor as its third") {
  Bench bench;
  auto helpers = bench.start({"echo \"got $(dd bs=64 count=1 <&3 2>/dev/null)\"; printf reply >&3; read more <&3"});
  REQUIRE(helpers);
  const auto ends = helpers->runnerEnds();
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].target == 10);

  REQUIRE(::write(ends[0].source, "frame\n", 6) == 6);

  CHECK(take(bench.output.read.get(), 10) == "got frame\n");
  CHECK(take(ends[0].source, 5) == "reply");
}

TEST_CASE("each helper has a pair of its own, in order") {
  Bench bench;
  auto helpers = bench.start({"printf one >&3; read x <&3", "printf two >&3; read x <&3"});
  REQUIRE(helpers);
  const auto ends = helpers->runnerEnds();

  REQUIRE(ends.size() == 2);
  CHECK(ends[1].target == 11);
  CHECK(take(ends[0].source, 3) == "one");
  CHECK(take(ends[1].source, 3) == "two");
  CHECK(helpers->processes().size() == 2);
}

TEST_CASE("a helper that ended is started again on the same pair, later each time") {
  Bench bench;
  auto helpers = bench.start({"printf here >&3; exit 3"});
  REQUIRE(helpers);
  const int runnerEnd = helpers->runnerEnds().front().source;
  CHECK(take(runnerEnd, 4) == "here");
  awaitEnd(*helpers);

  auto now = NetworkHelpers::Clock::now();
  auto told = helpers->step(now);
  REQUIRE(told.size() == 1);
  CHECK(told[0] == "the network helper /bin/sh ended with code 3; it is started again in 1 s");
  CHECK(helpers->processes().empty());
  CHECK(helpers->deadline() == now + std::chrono::seconds(1));
  CHECK(helpers->step(now + Milliseconds(999)).empty());

  now += std::chrono::seconds(1);
  told = helpers->step(now);
  REQUIRE(told.size() == 1);
  CHECK(told[0] == "the network helper /bin/sh is started again");
  CHECK_FALSE(helpers->deadline());
  CHECK(take(runnerEnd, 4) == "here");
  awaitEnd(*helpers);
  (void)helpers->step(now);
  CHECK(helpers->deadline() == now + std::chrono::seconds(2));
}

TEST_CASE("a helper that ran for a minute is started again after a second") {
  Bench bench;
  auto helpers = bench.start({"exit 0"});
  REQUIRE(helpers);
  awaitEnd(*helpers);

  const auto later = NetworkHelpers::Clock::now() + std::chrono::minutes(2);
  (void)helpers->step(later);

  CHECK(helpers->deadline() == later + std::chrono::seconds(1));
}

TEST_CASE("helpers are asked to end, and those that will not are killed") {
  Bench bench;
  auto helpers = bench.start({"trap 'echo asked; exit 0' TERM; echo up; while :; do read x <&3; done",
                              "trap '' TERM; echo up; while :; do read x <&3; done"});
  REQUIRE(helpers);
  REQUIRE(take(bench.output.read.get(), 6) == "up\nup\n");
  const auto processes = helpers->processes();

  helpers->end(Milliseconds(500));

  CHECK(helpers->processes().empty());
  for (const auto& process : processes)
    CHECK_FALSE(isAlive(process));
}

TEST_CASE("a program that is not there is named, and none is left") {
  Bench bench;
  std::vector<HelperOptions> options{{10, {"/bin/sh", "-c", "read x <&3"}}, {11, {"/no/such/helper"}}};

  const auto helpers = NetworkHelpers::start(options, bench.folder.path(), std::move(bench.output.write));

  REQUIRE_FALSE(helpers);
  CHECK(helpers.error().code == Errc::RunnerFailed);
  CHECK(helpers.error().detail.find("/no/such/helper") != std::string::npos);
  // The first one's output is closed by its death: reading comes to the end.
  CHECK(take(bench.output.read.get(), 1).empty());
}
