// Kill anything, lose nothing. Longer and with other seeds: MICROVM_KILL_ROUNDS and MICROVM_KILL_SEED, as
// tests/bench/run kill does; with real guests: MICROVM_KILL_GUESTS=1.
#include "tests/support/survival/kill_loop.hpp"

#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/guest.hpp"

using namespace microvm::test;

namespace {

std::uint64_t numberFrom(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

/// Guests that number their lines by their boot, and do not take long to go.
Json guests() {
  const std::string count =
      "microvm.run=\"read b </proc/sys/kernel/random/boot_id; i=0; while :; do echo line $b $i .; i=$((i+1)); sleep "
      "0.01; done\"";
  return guestSpec({{"stop", {{"timeout", "3s"}}}}, {count});
}

}  // namespace

TEST_CASE("whatever is killed at whatever moment, nothing is lost and nothing is left over") {
  const bool areReal = std::getenv("MICROVM_KILL_GUESTS") != nullptr;
  KillLoopSettings settings;
  settings.rounds = static_cast<unsigned>(numberFrom("MICROVM_KILL_ROUNDS", 200));
  settings.seed = numberFrom("MICROVM_KILL_SEED", 1);
  settings.spec = areReal ? guests() : Json{{"stop", {{"timeout", "300ms"}}}};
  settings.restart = {{"policy", "on-failure"}, {"backoff", "100ms"}, {"maxBackoff", "200ms"}, {"giveUpAfter", 1000}};
  settings.vms = areReal ? 2 : 6;
  settings.longestDelay = areReal ? 10'000 : 40;  // a guest needs a few seconds to count
  fmt::print("seed {}\n", settings.seed);
  Daemon daemon(areReal ? realRunner() : "");
  daemon.script({{"runningAfter", 5}, {"stopAfter", 5}, {"console", {{"lineEvery", 2}}}});

  KillLoop loop(daemon, settings);
  loop.run();
  loop.finish();

  fmt::print("{}", loop.summary());
  for (const auto& problem : loop.problems())
    CHECK_MESSAGE(false, problem);
}
