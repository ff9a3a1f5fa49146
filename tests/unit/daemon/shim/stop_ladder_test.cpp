#include "daemon/shim/stop_ladder.hpp"

#include <csignal>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;
using std::chrono::seconds;

namespace {

const StopLadder::Clock::time_point kStart{};

struct Runner {
  [[nodiscard]] std::string path() const { return folder.path() + "/vfkit.sock"; }
  StopLadder ladder() {
    return StopLadder(path(), Milliseconds(30'000), [this](int number) { signals.push_back(number); });
  }

  test::TempDir folder;
  std::vector<int> signals;
};

/// What was asked of a listener; empty when nobody came.
std::string asked(const Result<UniqueFd>& listener) {
  const auto client = acceptUnix(listener->get());
  char buffer[4096];
  const auto got = client ? ::read(client->get(), buffer, sizeof buffer) : 0;
  return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
}

}  // namespace

TEST_CASE("the rungs are Stop, HardStop and SIGKILL, each when its time has come") {
  Runner runner;
  const auto listener = listenUnix(runner.path());
  REQUIRE(listener);
  auto ladder = runner.ladder();
  CHECK_FALSE(ladder.deadline());

  ladder.begin(kStart);
  CHECK(asked(listener).find("\r\n\r\n{\"state\":\"Stop\"}") != std::string::npos);
  CHECK(ladder.deadline() == kStart + seconds(30));

  ladder.step(kStart + seconds(29));
  CHECK(asked(listener).empty());
  ladder.step(kStart + seconds(30));
  CHECK(asked(listener).find("\r\n\r\n{\"state\":\"HardStop\"}") != std::string::npos);
  CHECK(runner.signals.empty());

  ladder.step(kStart + seconds(35));
  CHECK(runner.signals == std::vector<int>{SIGKILL});
  CHECK_FALSE(ladder.deadline());
}

TEST_CASE("a runner without a socket gets SIGTERM and then SIGKILL") {
  Runner runner;
  auto ladder = runner.ladder();

  ladder.begin(kStart);
  CHECK(runner.signals == std::vector<int>{SIGTERM});
  ladder.step(kStart + seconds(30));

  CHECK(runner.signals == std::vector<int>{SIGTERM, SIGKILL});
}

TEST_CASE("a ladder begins once") {
  Runner runner;
  auto ladder = runner.ladder();

  ladder.begin(kStart);
  ladder.begin(kStart + seconds(1));

  CHECK(runner.signals.size() == 1);
  CHECK(ladder.deadline() == kStart + seconds(30));
}
